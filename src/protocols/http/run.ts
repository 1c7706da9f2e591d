import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Facts } from '../../core/facts.ts';
import type { OutcomeSink, Permit } from '../../core/gate.ts';
import { RefusedError } from '../../core/refusal.ts';
import type { HeldRequest, Outcome } from '../../core/request.ts';
import { answer, outcomeOf, passAnswer, succeeded, unknownAnswer, withhold } from './answering.ts';
import type { ClientExchange } from './client-exchange.ts';
import type { ReadAhead } from './decide.ts';
import { ExchangeRecording } from './exchange-recording.ts';
import type { HttpRequest } from './http-request.ts';
import { answerMasking, readableHeaders } from './masking/answer-masking.ts';
import { orUnmaskable, UnmaskableError } from './masking/unmaskable.ts';
import { outgoingHeaders } from './outgoing-headers.ts';
import { answerTo, codeOf, Reaching } from './reaching.ts';
import { asksToGoOn, sendBody, sendWhole } from './send-body.ts';
import type { SessionContext } from './session-context.ts';
import { type HeaderList, valuesOf } from './wire/header-list.ts';
import { sentTarget } from './wire/request-target.ts';

export interface Run<OfOne extends Facts> {
  readonly context: SessionContext<OfOne>;
  readonly exchange: ClientExchange;
  readonly permit: Permit;
  readonly approved: HeldRequest | null;
  readonly ahead: ReadAhead;
  /** What the gateway itself says to the target. */
  readonly gateways: HeaderList;
}

/** Sends a permitted request, passes its answer on, and tells how it went. */
export async function run<OfOne extends Facts>(run: Run<OfOne>): Promise<void> {
  const { context, exchange, permit } = run;
  const sink = permit.spend();
  const recording = recordingOf(run);
  const hints = hintsFor(exchange);
  let asking = ask(run, recording, permit.requestId !== null);
  try {
    const incoming = await answerTo(asking.outgoing, hints).catch((error: unknown) => {
      if (!mayAskAgain(run, asking, error)) throw error;
      asking.leaving();
      asking = ask(run, recording, true);
      return answerTo(asking.outgoing, hints);
    });
    context.dialect.wasAnswered?.(incoming.statusCode ?? 0);
    if (!asking.outgoing.writableEnded) exchange.closeAfter();
    await passOn(run, incoming, recording, sink);
  } catch (error) {
    await lost(sink, asking.reaching.reached, error);
    refuse(run, error, asking.reaching.reached);
  } finally {
    asking.leaving();
    await Promise.resolve(recording.ended(null)).catch(() => {});
    const { outgoing } = asking;
    if (!outgoing.writableEnded || exchange.gone.aborted) outgoing.destroy();
    await asking.sent;
  }
}

/** Passes the answer on, as far as it may be shown, once how it went is told. */
async function passOn<OfOne extends Facts>(
  run: Run<OfOne>,
  incoming: IncomingMessage,
  recording: ExchangeRecording,
  sink: OutcomeSink,
): Promise<void> {
  const { context, exchange, permit } = run;
  const passing = {
    ...{ exchange, incoming, recording, limits: context.limits, target: context.grant.target },
    heardOut: permit.requestId !== null,
    more: answerHeaders(run),
    masking: answerMasking(context, run.ahead.request),
  };
  const passed = await orUnmaskable(passAnswer(passing));
  const withheld = passed instanceof UnmaskableError ? passed.message : undefined;
  await recording.ended(incoming.statusCode ?? null, withheld);
  await (succeeded(incoming) ? sink.succeeded : sink.failed)(outcomeOf(incoming, withheld));
  if (passed instanceof UnmaskableError) {
    incoming.destroy();
    withhold(context, exchange, passed);
  } else passed?.end();
}

/** A request on its way to the target. */
interface Asking {
  readonly outgoing: ClientRequest;
  readonly reaching: Reaching;
  /** No longer watches who leaves. */
  readonly leaving: () => void;
  readonly sent: Promise<void>;
}

function ask<OfOne extends Facts>(
  run: Run<OfOne>,
  recording: ExchangeRecording,
  fresh: boolean,
): Asking {
  const outgoing = begin(run, fresh);
  return {
    outgoing,
    reaching: new Reaching(outgoing, run.context.limits.connectMs),
    leaving: letGo(run, outgoing),
    sent: send(run, outgoing, recording),
  };
}

const safeMethods = ['GET', 'HEAD', 'OPTIONS'];

/**
 * A target may close an idle connection just as a request arrives on it. A safe request without a
 * body is sent once more, on a connection of its own (RFC 9110, 9.2.2; RFC 9112, 9.3.1). Never one
 * that was approved: it runs once.
 */
function mayAskAgain<OfOne extends Facts>(
  { context, exchange, permit, ahead }: Run<OfOne>,
  { outgoing, reaching }: Asking,
  error: unknown,
): boolean {
  const { method, body } = ahead.request;
  const reset = error instanceof RefusedError && /ECONNRESET|EPIPE/.test(codeOf(error.cause));
  if (!reset || !outgoing.reusedSocket || reaching.heard || permit.requestId !== null) return false;
  if (exchange.gone.aborted || context.over.aborted) return false;
  return body.kind === 'none' && safeMethods.includes(method);
}

export function recordingOf<OfOne extends Facts>({
  context,
  permit,
  ahead,
}: Run<OfOne>): ExchangeRecording {
  const { method, target } = ahead.request;
  const { recorder } = context.grant;
  return new ExchangeRecording(recorder, permit.number, method, sentTarget(target));
}

const maxHints = 16;

/** What is told a client before its answer: that it is worked on, and what to load meanwhile. */
function hintsFor(exchange: ClientExchange): (status: number, headers: HeaderList) => void {
  let hints = 0;
  return (status, headers) => {
    if (exchange.gone.aborted) return;
    if (status === 102) exchange.inform(status, []);
    if (status !== 103 || hints >= maxHints) return;
    hints += 1;
    exchange.inform(
      status,
      valuesOf(headers, 'link').map((link) => ['link', link]),
    );
  };
}

/** What the gateway adds to the answer. */
export function answerHeaders<OfOne extends Facts>({ context, approved }: Run<OfOne>): HeaderList {
  return approved === null ? [] : context.dialect.answerHeaders(approved);
}

function begin<OfOne extends Facts>(
  { context, exchange, ahead, gateways }: Run<OfOne>,
  fresh: boolean,
): ClientRequest {
  const { request } = ahead;
  const headers = outgoingHeaders(maskable(context, request), gateways);
  return context.upstream.request({
    method: request.method,
    path: sentTarget(request.target),
    headers: asksToGoOn(exchange, ahead) ? [...headers, ['Expect', '100-continue']] : headers,
    fresh,
  });
}

function maskable<OfOne extends Facts>(context: SessionContext<OfOne>, request: HttpRequest) {
  if (answerMasking(context, request) === null) return request;
  return { ...request, headers: readableHeaders(request.headers) };
}

/** What breaks a body off breaks the request off; the answer's side says so. */
async function send<OfOne extends Facts>(
  { context, exchange, ahead }: Run<OfOne>,
  outgoing: ClientRequest,
  recording: ExchangeRecording,
): Promise<void> {
  if (sendWhole(ahead, outgoing, recording)) return;
  const over = new AbortController();
  const { signal } = over;
  outgoing.once('close', () => over.abort(new Error('the request is over')));
  try {
    await sendBody({ exchange, ahead, outgoing, limits: context.limits, recording, signal });
  } catch (error) {
    if (!signal.aborted) outgoing.destroy(error instanceof Error ? error : undefined);
  }
}

/**
 * A client that leaves takes its request with it, but for one that was approved and sent: what
 * becomes of that is waited for, within limits. The end of the session waits for nothing.
 */
function letGo<OfOne extends Facts>(run: Run<OfOne>, outgoing: ClientRequest): () => void {
  const { context, exchange, permit } = run;
  let timer: NodeJS.Timeout | undefined;
  const end = () => outgoing.destroy(new Error('the session ended'));
  const leave = () => {
    if (permit.requestId !== null && outgoing.writableEnded) {
      timer = setTimeout(() => outgoing.destroy(), context.limits.unheardMs);
    } else {
      outgoing.destroy(new Error('the client left'));
    }
  };
  const watch = (signal: AbortSignal, act: () => void) => {
    if (signal.aborted) act();
    else signal.addEventListener('abort', act, { once: true });
  };
  watch(context.over, end);
  watch(exchange.gone, leave);
  return () => {
    clearTimeout(timer);
    context.over.removeEventListener('abort', end);
    exchange.gone.removeEventListener('abort', leave);
  };
}

async function lost(sink: OutcomeSink, reached: boolean, error: unknown): Promise<void> {
  const message = error instanceof Error ? error.message : 'it failed';
  const outcome: Outcome = { message, targetCode: null, rowCount: null };
  await (reached ? sink.unknown(outcome) : sink.failed(outcome));
}

function refuse<OfOne extends Facts>(
  { context, exchange }: Run<OfOne>,
  error: unknown,
  reached: boolean,
): void {
  if (exchange.gone.aborted) return;
  if (error instanceof RefusedError && !exchange.begun()) {
    const reason: unknown = context.over.reason;
    const { refusal } = reason instanceof RefusedError ? reason : error;
    exchange.closeAfter();
    answer(exchange, reached ? unknownAnswer(context, refusal) : context.dialect.refused(refusal));
  } else {
    exchange.abort();
  }
}

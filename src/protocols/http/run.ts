import type { ClientRequest } from 'node:http';
import type { Facts } from '../../core/facts.ts';
import type { OutcomeSink, Permit } from '../../core/gate.ts';
import { RefusedError } from '../../core/refusal.ts';
import type { HeldRequest, Outcome } from '../../core/request.ts';
import { answer, outcomeOf, passAnswer, succeeded, unknownAnswer } from './answering.ts';
import type { ClientExchange } from './client-exchange.ts';
import type { ReadAhead } from './decide.ts';
import { ExchangeRecording } from './exchange-recording.ts';
import { outgoingHeaders } from './outgoing-headers.ts';
import { answerTo, Reaching } from './reaching.ts';
import { sendBody } from './send-body.ts';
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
  const outgoing = begin(run);
  const reaching = new Reaching(outgoing, context.limits.connectMs);
  const leaving = letGo(run, outgoing);
  const sending = new AbortController();
  outgoing.once('close', () => sending.abort(new Error('the request is over')));
  const sent = send(run, outgoing, recording, sending.signal);
  try {
    const incoming = await answerTo(outgoing, hintsFor(exchange));
    if (!outgoing.writableEnded) exchange.closeAfter();
    const { limits } = context;
    const { target } = context.grant;
    const heardOut = permit.requestId !== null;
    const more = answerHeaders(run);
    const client = await passAnswer({
      ...{ exchange, incoming, target, heardOut, limits, more, recording },
    });
    await recording.ended(incoming.statusCode ?? null);
    await (succeeded(incoming) ? sink.succeeded : sink.failed)(outcomeOf(incoming));
    client?.end();
  } catch (error) {
    await lost(sink, reaching.reached, error);
    refuse(run, error, reaching.reached);
  } finally {
    leaving();
    await Promise.resolve(recording.ended(null)).catch(() => {});
    if (!outgoing.writableEnded || exchange.gone.aborted) outgoing.destroy();
    await sent;
  }
}

export function recordingOf<OfOne extends Facts>({
  context,
  ahead,
}: Run<OfOne>): ExchangeRecording {
  const { method, target } = ahead.request;
  return new ExchangeRecording(context.grant.recorder, method, sentTarget(target));
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

function begin<OfOne extends Facts>({
  context,
  permit,
  ahead,
  gateways,
}: Run<OfOne>): ClientRequest {
  const { requestId } = permit;
  const { request } = ahead;
  return context.upstream.request({
    method: request.method,
    path: sentTarget(request.target),
    headers: outgoingHeaders(request, gateways),
    fresh: requestId !== null,
  });
}

/** What breaks a body off breaks the request off; the answer's side says so. */
async function send<OfOne extends Facts>(
  { context, exchange, ahead }: Run<OfOne>,
  outgoing: ClientRequest,
  recording: ExchangeRecording,
  signal: AbortSignal,
): Promise<void> {
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
  if (error instanceof RefusedError) {
    const reason: unknown = context.over.reason;
    const { refusal } = reason instanceof RefusedError ? reason : error;
    exchange.closeAfter();
    answer(exchange, reached ? unknownAnswer(context, refusal) : context.dialect.refused(refusal));
  } else {
    exchange.abort();
  }
}

import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Facts } from '../../core/facts.ts';
import type { TextMasker } from '../../core/masking.ts';
import { type Refusal, RefusedError } from '../../core/refusal.ts';
import type { Outcome } from '../../core/request.ts';
import { absorbErrors } from '../../net/absorb-errors.ts';
import { answer, outcomeOf, passAnswer, succeeded, unknownAnswer } from './answering.ts';
import type { Pieces, UpgradedAnswer, UpgradeTap } from './dialect.ts';
import type { ExchangeRecording } from './exchange-recording.ts';
import { answerMasking } from './masking/answer-masking.ts';
import { UnmaskableError } from './masking/unmaskable.ts';
import { outgoingHeaders } from './outgoing-headers.ts';
import { boundInformation, Reaching, unreachable } from './reaching.ts';
import { answerHeaders, type Run, recordingOf } from './run.ts';
import { splice } from './splice.ts';
import { forwardableResponseHeaders } from './wire/header-hygiene.ts';
import { headerList } from './wire/header-list.ts';
import { sentTarget } from './wire/request-target.ts';
import { agreesToUpgrade, type UpgradeRequest } from './wire/upgrade.ts';

type UpgradeAnswer =
  | { readonly kind: 'upgraded'; readonly incoming: IncomingMessage; readonly socket: Duplex }
  | { readonly kind: 'answered'; readonly incoming: IncomingMessage };

/** Asks for an upgrade, and joins the two connections once the target has really agreed. */
export async function runUpgrade<OfOne extends Facts>(
  run: Run<OfOne>,
  asked: UpgradeRequest,
): Promise<void> {
  const { context, exchange, permit } = run;
  const { over, limits, grant } = context;
  const sink = permit.spend();
  if (mustNotUpgrade(run)) {
    await sink.failed(said(notMasked.message));
    answer(exchange, context.dialect.refused(notMasked));
    return;
  }
  const recording = recordingOf(run);
  const outgoing = begin(run, asked);
  const reaching = new Reaching(outgoing, limits.connectMs);
  const leave = () => outgoing.destroy(new Error('the client left'));
  const left = AbortSignal.any([exchange.gone, over]);
  left.addEventListener('abort', leave, { once: true });
  try {
    const answered = await answerTo(outgoing, asked);
    if (answered.kind === 'upgraded') {
      left.removeEventListener('abort', leave);
      await join(run, asked, answered, recording);
      await recording.ended(101);
      if (over.aborted) await sink.unknown(said(messageOf(over.reason)));
      else await sink.succeeded(said(`${asked.protocol} ended`));
      return;
    }
    const { incoming } = answered;
    context.dialect.wasAnswered?.(incoming.statusCode ?? 0);
    const { target } = grant;
    const more = answerHeaders(run);
    const heardOut = false;
    const masking = answerMasking(context, run.ahead.request);
    const client = await passAnswer({
      ...{ exchange, incoming, target, heardOut, limits, more, masking, recording },
    });
    await recording.ended(incoming.statusCode ?? null);
    await (succeeded(incoming) ? sink.succeeded : sink.failed)(outcomeOf(incoming));
    client?.end();
  } catch (error) {
    const outcome = said(messageOf(error));
    await (reaching.reached ? sink.unknown(outcome) : sink.failed(outcome));
    const begun = error instanceof UnmaskableError && error.begun;
    if (begun || !(error instanceof RefusedError)) exchange.abort();
    else if (reaching.reached) answer(exchange, unknownAnswer(context, error.refusal));
    else answer(exchange, context.dialect.refused(error.refusal));
  } finally {
    left.removeEventListener('abort', leave);
    outgoing.destroy();
    await Promise.resolve(recording.ended(null)).catch(() => {});
  }
}

const notMasked: Refusal = {
  code: 'UNMASKABLE',
  message: 'what goes over this connection is masked, and an upgraded one cannot be',
};

/** Also a watch can come over WebSocket: what is masked as a body must not go round that. */
function mustNotUpgrade<OfOne extends Facts>({ context, ahead }: Run<OfOne>): boolean {
  if (answerMasking(context, ahead.request) === null) return false;
  return (context.dialect.upgradeMasking?.prospect(ahead.request) ?? 'never') === 'never';
}

/** What streams are masked with; null where they pass untouched. */
function textOf<OfOne extends Facts>({ context, ahead }: Run<OfOne>): TextMasker | null {
  return answerMasking(context, ahead.request)?.masking.text ?? null;
}

function begin<OfOne extends Facts>(run: Run<OfOne>, { protocol }: UpgradeRequest): ClientRequest {
  const { context, ahead, gateways } = run;
  const text = textOf(run);
  const outgoing = context.upstream.request({
    method: ahead.request.method,
    path: sentTarget(ahead.request.target),
    headers: [
      ...outgoingHeaders(ahead.request, gateways).filter(
        // Compressed messages could not be masked.
        ([name]) => text === null || name.toLowerCase() !== 'sec-websocket-extensions',
      ),
      ['Connection', 'Upgrade'],
      ['Upgrade', protocol],
    ],
    fresh: true,
  });
  outgoing.end();
  return outgoing;
}

/** Rejects with a RefusedError for an answer that is none, or agrees to something else. */
function answerTo(request: ClientRequest, asked: UpgradeRequest): Promise<UpgradeAnswer> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(new RefusedError(unreachable(error), { cause: error }));
    boundInformation(request, reject);
    request.on('response', (incoming) => {
      if (incoming.statusCode !== 101) resolve({ kind: 'answered', incoming });
      else fail(new Error('the service changed to no protocol'));
    });
    request.on('upgrade', (incoming, socket, head) => {
      absorbErrors(socket);
      const { statusCode = 0, rawHeaders } = incoming;
      if (agreesToUpgrade(asked, statusCode, headerList(rawHeaders))) {
        if (head.length > 0) socket.unshift(head);
        resolve({ kind: 'upgraded', incoming, socket });
        return;
      }
      socket.destroy();
      const message = 'the service changed to another protocol than was asked for';
      reject(new RefusedError({ code: 'UPSTREAM_UNTRUSTED', message }));
    });
    request.on('error', fail);
    request.on('close', () => fail(new Error('the service closed the connection')));
  });
}

async function join<OfOne extends Facts>(
  run: Run<OfOne>,
  { protocol }: UpgradeRequest,
  { incoming, socket: upstream }: Extract<UpgradeAnswer, { kind: 'upgraded' }>,
  recording: ExchangeRecording,
): Promise<void> {
  const { context, exchange, permit, ahead } = run;
  const headers = headerList(incoming.rawHeaders);
  const answered = { protocol, headers };
  const masked = maskedPieces(run, answered);
  if (masked === undefined) {
    upstream.destroy();
    throw new RefusedError(notMasked);
  }
  const agreed = { ...answered, operation: permit.number };
  const recorded = await context.dialect.recordUpgrade?.(ahead.request, agreed);
  const taken = exchange.takeOver?.();
  if (taken === undefined || exchange.gone.aborted) {
    upstream.destroy();
    return;
  }
  const { stream, head } = taken;
  if (head.length > 0) stream.unshift(head);
  stream.write(switchingHead(incoming), 'latin1');
  const lastWords = context.dialect.lastWords?.(answered) ?? null;
  const tap = tapOn(recording, recorded ?? null);
  await splice({ client: stream, target: upstream, over: context.over, lastWords, masked, tap });
  await tap.ended();
}

/** Null: nothing is masked; undefined: it must be, and cannot. */
function maskedPieces<OfOne extends Facts>(
  run: Run<OfOne>,
  answered: UpgradedAnswer,
): Pieces | null | undefined {
  const text = textOf(run);
  const { upgradeMasking } = run.context.dialect;
  if (text === null || upgradeMasking?.prospect(run.ahead.request) === 'tunnel') return null;
  return upgradeMasking?.pieces(answered, text) ?? undefined;
}

function tapOn(recording: ExchangeRecording, inner: UpgradeTap | null): UpgradeTap {
  return {
    toClient(chunk) {
      recording.answered(chunk.length);
      return inner?.toClient(chunk);
    },
    toTarget(chunk) {
      recording.sent(chunk.length);
      return inner?.toTarget(chunk);
    },
    ended: () => inner?.ended(),
  };
}

function switchingHead({ statusMessage = '', rawHeaders }: IncomingMessage): string {
  const headers = headerList(rawHeaders);
  const upgrade = headers.find(([name]) => name.toLowerCase() === 'upgrade');
  const lines = [
    `HTTP/1.1 101 ${statusMessage}`,
    'Connection: Upgrade',
    `Upgrade: ${upgrade?.[1] ?? ''}`,
    ...forwardableResponseHeaders(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'it failed';
}

function said(message: string): Outcome {
  return { message, targetCode: null, rowCount: null };
}

import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Facts } from '../../core/facts.ts';
import { RefusedError } from '../../core/refusal.ts';
import type { Outcome } from '../../core/request.ts';
import { absorbErrors } from '../../net/absorb-errors.ts';
import { answer, outcomeOf, passAnswer, succeeded, unknownAnswer } from './answering.ts';
import type { UpgradeTap } from './dialect.ts';
import type { ExchangeRecording } from './exchange-recording.ts';
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
    const { target } = grant;
    const more = answerHeaders(run);
    const heardOut = false;
    const client = await passAnswer({
      ...{ exchange, incoming, target, heardOut, limits, more, recording },
    });
    await recording.ended(incoming.statusCode ?? null);
    await (succeeded(incoming) ? sink.succeeded : sink.failed)(outcomeOf(incoming));
    client?.end();
  } catch (error) {
    const outcome = said(messageOf(error));
    await (reaching.reached ? sink.unknown(outcome) : sink.failed(outcome));
    if (!(error instanceof RefusedError)) exchange.abort();
    else if (reaching.reached) answer(exchange, unknownAnswer(context, error.refusal));
    else answer(exchange, context.dialect.refused(error.refusal));
  } finally {
    left.removeEventListener('abort', leave);
    outgoing.destroy();
    await Promise.resolve(recording.ended(null)).catch(() => {});
  }
}

function begin<OfOne extends Facts>(
  { context, ahead, gateways }: Run<OfOne>,
  { protocol }: UpgradeRequest,
): ClientRequest {
  const outgoing = context.upstream.upgrade({
    method: ahead.request.method,
    path: sentTarget(ahead.request.target),
    headers: [
      ...outgoingHeaders(ahead.request, gateways),
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
  { context, exchange, ahead }: Run<OfOne>,
  { protocol }: UpgradeRequest,
  { incoming, socket: upstream }: Extract<UpgradeAnswer, { kind: 'upgraded' }>,
  recording: ExchangeRecording,
): Promise<void> {
  const headers = headerList(incoming.rawHeaders);
  const answered = { protocol, headers };
  const recorded = await context.dialect.recordUpgrade?.(ahead.request, answered);
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
  await splice({ client: stream, target: upstream, over: context.over, lastWords, tap });
  await tap.ended();
}

function tapOn(recording: ExchangeRecording, inner: UpgradeTap | null): UpgradeTap {
  return {
    toClient(chunk) {
      recording.answered(chunk.length);
      return inner?.toClient(chunk);
    },
    toTarget(chunk) {
      recording.sent(chunk.length);
      inner?.toTarget(chunk);
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

import type { ClientRequest } from 'node:http';
import { awaitEvent } from '../../net/await-event.ts';
import { eachChunk } from '../../net/each-chunk.ts';
import { writeAll, writeOrWait } from '../../net/write-all.ts';
import type { ClientExchange } from './client-exchange.ts';
import type { ReadAhead } from './decide.ts';
import type { ExchangeRecording } from './exchange-recording.ts';
import type { HttpLimits } from './limits.ts';
import { readTrailers } from './outgoing-headers.ts';
import { forwardableTrailers } from './wire/header-hygiene.ts';
import { asPairs } from './wire/header-list.ts';

export interface BodySending {
  readonly exchange: ClientExchange;
  readonly ahead: ReadAhead;
  readonly outgoing: ClientRequest;
  readonly limits: HttpLimits;
  readonly recording: ExchangeRecording;
  /** Aborted when nothing more is to be sent. */
  readonly signal: AbortSignal;
}

/** Sends the body that was reviewed, or that there is none; false where it is yet to come. */
export function sendWhole(
  { request }: ReadAhead,
  outgoing: ClientRequest,
  recording: ExchangeRecording,
): boolean {
  const { body } = request;
  switch (body.kind) {
    case 'none':
      outgoing.end();
      return true;
    case 'read': {
      const trailers = readTrailers(request);
      if (trailers.length > 0) outgoing.addTrailers(asPairs(trailers));
      recording.sent(body.bytes.length);
      outgoing.end(body.bytes);
      return true;
    }
    case 'unread':
      return false;
    default:
      return body satisfies never;
  }
}

/** RFC 9110, 10.1.1: the target is asked for its 100 where the client waits for one. */
export function asksToGoOn(exchange: ClientExchange, { request, continued }: ReadAhead): boolean {
  return request.body.kind === 'unread' && exchange.expectsContinue && !continued;
}

/** Sends what comes from the client, at the target's pace. */
export async function sendBody(sending: BodySending): Promise<void> {
  const { exchange, ahead, outgoing, recording, signal } = sending;
  if (asksToGoOn(exchange, ahead) && !(await mayGoOn(sending))) return;
  recording.sent(ahead.start.length);
  if (ahead.start.length > 0) await writeAll(outgoing, ahead.start, signal);
  await stream(sending);
}

async function stream({ exchange, outgoing, recording, signal }: BodySending): Promise<void> {
  await eachChunk(exchange.body, (chunk) => {
    recording.sent(chunk.length);
    return writeOrWait(outgoing, chunk, signal) ?? 'more';
  });
  const trailers = forwardableTrailers(exchange.trailers());
  if (trailers.length > 0) outgoing.addTrailers(asPairs(trailers));
  outgoing.end();
}

/** Resolves to false when the target has given its final answer instead. */
async function mayGoOn({ exchange, outgoing, limits, signal }: BodySending): Promise<boolean> {
  let final = false;
  outgoing.once('response', () => {
    final = true;
  });
  const patience = setTimeout(() => outgoing.emit('continue'), limits.continueMs);
  try {
    // The head is on its way: it says Expect.
    await awaitEvent(outgoing, ['continue', 'response', 'close', 'error'], signal);
  } finally {
    clearTimeout(patience);
  }
  if (final) return false;
  exchange.inform(100, []);
  return true;
}

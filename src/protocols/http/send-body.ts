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

/** Sends the body that was reviewed, or what comes from the client, at the target's pace. */
export async function sendBody(sending: BodySending): Promise<void> {
  const { ahead, outgoing, recording, signal } = sending;
  const { request, start } = ahead;
  switch (request.body.kind) {
    case 'none':
      outgoing.end();
      return;
    case 'read': {
      const trailers = readTrailers(request);
      if (trailers.length > 0) outgoing.addTrailers(asPairs(trailers));
      recording.sent(request.body.bytes.length);
      outgoing.end(request.body.bytes);
      return;
    }
    case 'unread':
      if (await mayGoOn(sending)) {
        recording.sent(start.length);
        if (start.length > 0) await writeAll(outgoing, start, signal);
        await stream(sending);
      }
      return;
    default:
      request.body satisfies never;
  }
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

/** RFC 9110, 10.1.1: the target is asked for its 100 where the client waits for one. */
async function mayGoOn({ exchange, ahead, outgoing, limits, signal }: BodySending) {
  if (!exchange.expectsContinue || ahead.continued) return true;
  outgoing.setHeader('Expect', '100-continue');
  let final = false;
  outgoing.once('response', () => {
    final = true;
  });
  const patience = setTimeout(() => outgoing.emit('continue'), limits.continueMs);
  try {
    const answered = awaitEvent(outgoing, ['continue', 'response', 'close', 'error'], signal);
    outgoing.flushHeaders();
    await answered;
  } finally {
    clearTimeout(patience);
  }
  if (final) return false;
  exchange.inform(100, []);
  return true;
}

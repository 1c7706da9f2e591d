import type { Readable } from 'node:stream';
import { readChunks } from '../../net/read-chunks.ts';
import { StreamClosedError } from '../../net/stream-closed-error.ts';
import { RequestError } from './wire/request-error.ts';

export interface ReadBodyLimits {
  readonly maxBytes: number;
  readonly timeMs: number;
  readonly signal: AbortSignal;
}

/** `whole`: the stream has ended. Else there is more, which is left in it. */
export interface BodyStart {
  readonly bytes: Buffer;
  readonly whole: boolean;
}

/** Reads up to a limit. Throws a RequestError when it takes too long, or the signal's reason. */
export async function readBodyStart(body: Readable, limits: ReadBodyLimits): Promise<BodyStart> {
  const late = AbortSignal.timeout(limits.timeMs);
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of readChunks(body, AbortSignal.any([limits.signal, late]))) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > limits.maxBytes) return { bytes: Buffer.concat(chunks), whole: false };
    }
  } catch (error) {
    limits.signal.throwIfAborted();
    if (late.aborted) throw new RequestError('BODY_TOO_SLOW', 'the body did not come in time');
    if (error instanceof StreamClosedError) {
      throw new RequestError('MALFORMED', 'the body broke off');
    }
    throw error;
  }
  return { bytes: Buffer.concat(chunks), whole: true };
}

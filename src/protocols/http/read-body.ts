import type { Readable } from 'node:stream';
import { joinSignals } from '../../net/join-signals.ts';
import { readChunks } from '../../net/read-chunks.ts';
import { StreamClosedError } from '../../net/stream-closed-error.ts';
import { RequestError } from './wire/request-error.ts';

export interface ReadBodyLimits {
  readonly maxBytes: number;
  readonly timeMs: number;
  /** Any of them ends it. */
  readonly signals: readonly AbortSignal[];
}

/** `whole`: the stream has ended. Else there is more, which is left in it. */
export interface BodyStart {
  readonly bytes: Buffer;
  readonly whole: boolean;
}

/** Reads up to a limit. Throws a RequestError when it takes too long, or a signal's reason. */
export async function readBodyStart(body: Readable, limits: ReadBodyLimits): Promise<BodyStart> {
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort(new RequestError('BODY_TOO_SLOW', 'the body did not come in time'));
  }, limits.timeMs);
  const over = joinSignals([...limits.signals, late.signal]);
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of readChunks(body, over.signal)) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > limits.maxBytes) return { bytes: Buffer.concat(chunks), whole: false };
    }
  } catch (error) {
    over.signal.throwIfAborted();
    if (error instanceof StreamClosedError) {
      throw new RequestError('MALFORMED', 'the body broke off');
    }
    throw error;
  } finally {
    clearTimeout(timer);
    over.release();
  }
  return { bytes: Buffer.concat(chunks), whole: true };
}

import type { Writable } from 'node:stream';
import { awaitEvent } from './await-event.ts';
import { StreamClosedError } from './stream-closed-error.ts';

/**
 * Writes and waits while the stream's buffer is full: awaiting every call is backpressure.
 * Rejects with StreamClosedError when the stream is closed, its own error as cause, and with
 * the signal's reason when aborted, in which case the bytes may still leave.
 */
export async function writeAll(
  stream: Writable,
  chunk: Buffer,
  signal?: AbortSignal,
): Promise<void> {
  await writeOrWait(stream, chunk, signal);
}

/** The same, with a promise only where there is something to wait for; else null, or it throws. */
export function writeOrWait(
  stream: Writable,
  chunk: Buffer,
  signal?: AbortSignal,
): Promise<void> | null {
  signal?.throwIfAborted();
  if (!stream.writable) throw closedError(stream);
  // A large chunk counts as full even where the system has taken all of it already.
  if (stream.write(chunk) || stream.writableLength === 0) return null;
  return drained(stream, signal);
}

async function drained(stream: Writable, signal: AbortSignal | undefined): Promise<void> {
  while (stream.writableNeedDrain && stream.writable) {
    await awaitEvent(stream, ['drain', 'close', 'error'], signal);
  }
  if (!stream.writable) throw closedError(stream);
}

function closedError(stream: Writable): StreamClosedError {
  const { errored } = stream;
  return new StreamClosedError('the stream is closed', errored === null ? {} : { cause: errored });
}

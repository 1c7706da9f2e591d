import type { Readable } from 'node:stream';
import { StreamClosedError } from './stream-closed-error.ts';

/**
 * The stream's bytes as they come, until it ends. The stream is left open, so that another
 * reader can go on where this one stopped. Throws StreamClosedError when it breaks off, and
 * the signal's reason when aborted.
 */
export async function* readChunks(
  stream: Readable,
  signal?: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  const news = watch(stream, signal);
  try {
    for (;;) {
      signal?.throwIfAborted();
      const chunk: Buffer | null = stream.read();
      if (chunk !== null) {
        yield chunk;
        continue;
      }
      if (stream.readableEnded) return;
      throwIfBroken(stream);
      await news.next();
    }
  } finally {
    news.stop();
  }
}

/**
 * Exactly so many bytes, at least one; what follows them stays in the stream. Null when the
 * stream ended before the first of them; StreamClosedError when it ends inside.
 */
export async function readExactly(
  stream: Readable,
  length: number,
  signal?: AbortSignal,
): Promise<Buffer | null> {
  const news = watch(stream, signal);
  try {
    for (;;) {
      signal?.throwIfAborted();
      const bytes: Buffer | null = stream.read(length);
      if (bytes?.length === length) return bytes;
      if (bytes !== null) throw new StreamClosedError('the stream ended in the middle');
      if (stream.readableEnded) return null;
      throwIfBroken(stream);
      await news.next();
    }
  } finally {
    news.stop();
  }
}

interface News {
  /** Resolves when the stream may have more to say, or the signal fired. */
  next(): Promise<void>;
  stop(): void;
}

const newsworthy = ['readable', 'end', 'close', 'error'];

/**
 * One set of listeners for a whole read: a fresh 'readable' listener is called at once
 * whenever anything is buffered, so adding one for each turn would spin.
 */
function watch(stream: Readable, signal: AbortSignal | undefined): News {
  let wake = () => {};
  const notify = () => wake();
  for (const event of newsworthy) stream.on(event, notify);
  signal?.addEventListener('abort', notify);
  return {
    next: () =>
      new Promise((resolve) => {
        wake = resolve;
      }),
    stop() {
      for (const event of newsworthy) stream.off(event, notify);
      signal?.removeEventListener('abort', notify);
    },
  };
}

function throwIfBroken(stream: Readable): void {
  if (!stream.destroyed) return;
  const { errored } = stream;
  throw new StreamClosedError('the stream broke off', errored === null ? {} : { cause: errored });
}

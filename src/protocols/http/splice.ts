import type { Duplex } from 'node:stream';
import { absorbErrors } from '../../net/absorb-errors.ts';
import { eachChunk } from '../../net/each-chunk.ts';
import { writeOrWait } from '../../net/write-all.ts';

/** Passes bytes both ways until both sides have ended; either side may end first. */
export async function splice(one: Duplex, other: Duplex, signal: AbortSignal): Promise<void> {
  absorbErrors(one);
  absorbErrors(other);
  const stop = () => {
    one.destroy();
    other.destroy();
  };
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await Promise.all([pass(one, other), pass(other, one)]);
  } catch {
    // One of them broke: the other must not take what it has for complete.
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}

async function pass(from: Duplex, to: Duplex): Promise<void> {
  await eachChunk(from, (chunk) => writeOrWait(to, chunk) ?? 'more');
  await new Promise<void>((resolve) => {
    to.once('close', resolve).end(resolve);
  });
}

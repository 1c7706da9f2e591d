import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { gatheredBytes, gatherWrites } from '../net/gather-writes.ts';

/** More than this at once comes in bulk: the next TLS record is likely to be there already. */
const bulkBytes = 8 * 1024;

/**
 * Joins two streams until both are done: bytes, their ends and their pace pass, nothing is
 * kept. When one breaks, so does the other.
 */
export async function splice(near: Duplex, far: Duplex): Promise<void> {
  if (near.writableHighWaterMark >= gatheredBytes) {
    far.on('data', (chunk: Buffer) => {
      if (chunk.length > bulkBytes) gatherWrites(near);
    });
  }
  await Promise.allSettled([pipeline(near, far), pipeline(far, near)]);
}

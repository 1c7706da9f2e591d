import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/**
 * Joins two streams until both are done: bytes, their ends and their pace pass, nothing is
 * kept. When one breaks, so does the other.
 */
export async function splice(near: Duplex, far: Duplex): Promise<void> {
  await Promise.allSettled([pipeline(near, far), pipeline(far, near)]);
}

import { createHash } from 'node:crypto';
import type { ObjectStore } from '../core/object-store.ts';
import type { StoredFile } from '../core/stored-file.ts';
import { objectKey } from './upload-recording.ts';

const rangeBytes = 2 ** 20;

/**
 * A file's bytes from the bucket, range by range: who reads slowly holds no connection, and no
 * more than one range is in memory. Throws at the end where they are not what was stored.
 */
export async function* storedBytes(
  store: ObjectStore,
  id: string,
  { name, bytes, sha256 }: StoredFile,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  for (let at = 0; at < bytes && !signal.aborted; ) {
    const length = Math.min(rangeBytes, bytes - at);
    const range = Buffer.from(await store.read(objectKey(id, name), at, length));
    if (range.length !== length) throw new Error(`the bucket has not all of ${name}`);
    hash.update(range);
    at += length;
    yield range;
  }
  if (signal.aborted || hash.digest('hex') === sha256) return;
  throw new Error(`${name} is not what was stored in the bucket`);
}

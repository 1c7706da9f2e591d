import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { StoredFile } from '../core/stored-file.ts';
import type { TrackSink } from './track.ts';

/** A file, and what was written to it so far. */
export interface FileSink extends TrackSink {
  /** Of the bytes that the system took, whether or not the rest of their write failed. */
  stored(): Omit<StoredFile, 'name'>;
}

/** What a crash of the whole machine may cost; one of the gateway alone costs less. */
const syncEveryMs = 5000;
const lookEveryMs = 1000;

/** A new file of our own. Throws where there is one of that name already. */
export async function createFileSink(path: string): Promise<FileSink> {
  const handle = await open(path, 'ax', 0o600);
  const hash = createHash('sha256');
  let size = 0;
  let synced = performance.now();
  let looked = synced;

  /** A file that was removed still takes all that is written to it. */
  async function look(): Promise<void> {
    const { nlink } = await handle.stat();
    if (nlink === 0) throw new Error('the file was removed while it was written');
  }

  return {
    async write(bytes) {
      const now = performance.now();
      if (now - looked > lookEveryMs) {
        await look();
        looked = now;
      }
      for (let at = 0; at < bytes.length; ) {
        const { bytesWritten } = await handle.write(bytes, at);
        hash.update(bytes.subarray(at, at + bytesWritten));
        size += bytesWritten;
        at += bytesWritten;
      }
      if (now - synced > syncEveryMs) {
        await handle.datasync();
        synced = now;
      }
    },
    async close() {
      try {
        await look();
        await handle.datasync();
      } finally {
        await handle.close();
      }
    },
    stored: () => ({ bytes: size, sha256: hash.copy().digest('hex') }),
  };
}

import { open } from 'node:fs/promises';
import type { TrackSink } from './track.ts';

/** What a crash of the whole machine may cost; one of the gateway alone costs less. */
const syncEveryMs = 5000;
const lookEveryMs = 1000;

/** A new file of our own. Throws where there is one of that name already. */
export async function createFileSink(path: string): Promise<TrackSink> {
  const handle = await open(path, 'ax', 0o600);
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
      let at = 0;
      while (at < bytes.length) at += (await handle.write(bytes, at)).bytesWritten;
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
  };
}

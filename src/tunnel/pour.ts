import type { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';

/** A chunk of this size is a full record of TLS, and seldom the last of what is being read. */
const recordBytes = 16 * 1024;
/** What may wait to be written before no more is read. */
const aheadBytes = 256 * 1024;

/**
 * Writes what comes to the end, at its reader's pace; leaves `to` open. What is read in one go
 * leaves in one write, where there is much of it. Rejects when `from` breaks: whoever sees `to`
 * break destroys `from`.
 */
export async function pour(from: Readable, to: Writable): Promise<void> {
  let gathering: NodeJS.Immediate | null = null;
  const release = () => {
    if (gathering === null) return;
    clearImmediate(gathering);
    gathering = null;
    to.uncork();
  };
  const go = () => from.resume();
  to.on('drain', go);
  from.on('data', (chunk: Buffer) => {
    if (chunk.length >= recordBytes && gathering === null) {
      gathering = setImmediate(release);
      to.cork();
    }
    to.write(chunk);
    if (to.writableLength >= aheadBytes) from.pause();
  });
  try {
    await finished(from, { writable: false });
  } finally {
    release();
    to.off('drain', go);
  }
}

import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { describeWith } from '../../../peers/require-peer.ts';
import { realSftp } from './real-client.ts';

const megabyte = 1024 * 1024;
const size = 200 * megabyte;

async function writeRandom(file: string): Promise<void> {
  const out = createWriteStream(file);
  await pipeline(function* () {
    for (let written = 0; written < size; written += megabyte) yield randomBytes(megabyte);
  }, out);
}

async function digest(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** By how much this process grew while `work` ran, at most. */
async function growth(work: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 10);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return most - before;
}

describeWith(['sftp', 'sftp-server'], 'large files over SFTP', () => {
  test('pitfall 20: 200 MB each way arrive as they were, in flat memory', async () => {
    const { local, remote, run, ends, settled } = await realSftp();
    const there = path.join(remote, 'large');
    await writeRandom(path.join(local, 'large'));
    const sent = await digest(path.join(local, 'large'));
    const putting = await growth(() => run(['put large']));
    expect(await digest(there)).toBe(sent);
    // Large packets and many of them at once, as a tuned client asks for them.
    const getting = await growth(() => run(['get large back'], ['-B', '261120', '-R', '256']));
    expect(await digest(path.join(local, 'back'))).toBe(sent);
    expect(ends).toEqual([null, null]);
    expect(settled.filter(({ message }) => message !== null)).toMatchObject([
      { outcome: 'succeeded', message: `wrote ${size} bytes` },
      { outcome: 'succeeded', message: `read ${size} bytes` },
    ]);
    expect(Math.max(putting, getting)).toBeLessThan(64 * megabyte);
  }, 180_000);
});

import { spawn } from 'node:child_process';
import { createHash, randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '../../../peers/require-peer.ts';
import { type SshdPeer, startSshd } from '../../../peers/sshd.ts';
import { type Gated, pause, startGated } from './gated.ts';
import { startMaster } from './master.ts';

const mebibyte = 1024 * 1024;

describeWith(['sshd', 'ssh', 'ssh-keygen'], 'sizes', () => {
  let peer: SshdPeer;
  let file: string;
  let digest: string;
  let part: string;
  let partDigest: string;

  beforeAll(async () => {
    peer = await startSshd();
    file = path.join(peer.folder, 'random');
    digest = await writeRandom(file, 500 * mebibyte);
    part = path.join(peer.folder, 'part');
    partDigest = await writeRandom(part, 100 * mebibyte);
  });
  afterAll(() => peer.stop());

  test('500 MB of output arrive as they are, in bounded memory', async () => {
    await using gated = await startGated(peer);
    const memory = watchMemory();
    const { code, sha256 } = await run(gated, ['target', `cat ${file}`]);
    expect({ code, sha256 }).toEqual({ code: 0, sha256: digest });
    expect(memory.grown()).toBeLessThan(150 * mebibyte);
  });

  test('500 MB of input arrive as they are, in bounded memory', async () => {
    await using gated = await startGated(peer, { rules: passing });
    const memory = watchMemory();
    const { code, text } = await run(gated, ['target', 'sha256sum'], file);
    expect({ code, sha256: text.split(' ')[0] }).toEqual({ code: 0, sha256: digest });
    expect(memory.grown()).toBeLessThan(150 * mebibyte);
  });

  test('pitfall 21: a reader that stalls holds the sender up, not our memory', async () => {
    await using gated = await startGated(peer, { rules: passing });
    const memory = watchMemory();
    const child = spawn('ssh', [...gated.options, '-l', 'hoopx', 'target', 'cat /dev/zero'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await pause(1_500);
    expect(memory.grown()).toBeLessThan(100 * mebibyte);
    child.kill('SIGKILL');
    await once(child, 'close');
    while (gated.sessions() > 0) await pause();
    expect(gated.failures).toEqual([]);
  });

  test('keys are exchanged anew when the client asks, in the middle of a transfer', async () => {
    await using gated = await startGated(peer, { rules: passing });
    const options = ['-o', 'RekeyLimit=1M'];
    const down = await run(gated, [...options, 'target', `head -c ${50 * mebibyte} ${part}`]);
    expect({ code: down.code, length: down.length }).toEqual({ code: 0, length: 50 * mebibyte });
    const up = await run(gated, [...options, 'target', 'sha256sum'], part);
    expect({ code: up.code, sha256: up.text.split(' ')[0] }).toEqual({
      code: 0,
      sha256: partDigest,
    });
  });

  test('keys are exchanged anew by us on both sides, in the middle of a transfer', async () => {
    await using gated = await startGated(peer, {
      rules: passing,
      limits: { rekeyBytes: 3 * mebibyte },
    });
    const { code, sha256 } = await run(gated, ['target', `cat ${part}`]);
    expect({ code, sha256 }).toEqual({ code: 0, sha256: partDigest });
    const up = await run(gated, ['target', 'sha256sum'], part);
    expect({ code: up.code, sha256: up.text.split(' ')[0] }).toEqual({
      code: 0,
      sha256: partDigest,
    });
  });

  test('a thousand channels of one connection leave nothing behind', async () => {
    await using gated = await startGated(peer, { rules: passing });
    const master = await startMaster(gated);
    const script = `for n in $(seq 250); do ssh "$@" target echo $n || exit 1; done`;
    const args = [...gated.options, ...master.options];
    await Promise.all(
      [1, 2, 3, 4].map(async () => {
        const child = spawn('sh', ['-c', script, 'sh', ...args], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        const lines: Buffer[] = [];
        child.stdout.on('data', (chunk: Buffer) => void lines.push(chunk));
        const [code] = await once(child, 'close');
        expect(code).toBe(0);
        expect(Buffer.concat(lines).toString().trim().split('\n').length).toBe(250);
      }),
    );
    expect(gated.sessions()).toBe(1);
    expect(gated.decisions.length).toBe(1000);
    await master.end();
  }, 120_000);
});

const passing = [
  {
    name: 'all pass',
    ssh: { class: ['plain', 'opaque', 'unknown'], kind: ['exec'] },
    then: 'allow',
  },
] as const;

interface Transfer {
  readonly code: number | null;
  readonly sha256: string;
  readonly length: number;
  /** The beginning. */
  readonly text: string;
}

async function run(gated: Gated, args: readonly string[], input?: string): Promise<Transfer> {
  const child = spawn('ssh', [...gated.options, '-l', 'hoopx', ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const hash = createHash('sha256');
  let length = 0;
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    hash.update(chunk);
    length += chunk.length;
    if (text.length < 100) text += chunk.toString('latin1');
  });
  if (input === undefined) child.stdin.end();
  else await pipeline(createReadStream(input, { highWaterMark: mebibyte }), child.stdin);
  const [code] = await once(child, 'close');
  return { code, length, text, sha256: hash.digest('hex') };
}

/** Its own high-water mark, beyond what the process had before. */
function watchMemory() {
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 20);
  return {
    grown() {
      clearInterval(timer);
      return most - before;
    },
  };
}

async function writeRandom(file: string, size: number): Promise<string> {
  const handle = await open(file, 'w');
  const hash = createHash('sha256');
  const block = Buffer.alloc(4 * mebibyte);
  for (let written = 0; written < size; written += block.length) {
    randomFillSync(block);
    hash.update(block);
    await handle.write(block);
  }
  await handle.close();
  return hash.digest('hex');
}

import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../peers/require-peer.ts';
import { pause } from './exec-setting.ts';
import { type RemoteBench, startRemoteBench } from './remote-bench.ts';

describeWith(['sshd'], 'what exec runs at a real server', () => {
  let bench: RemoteBench;

  beforeAll(async () => {
    bench = await startRemoteBench();
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  it('gives the remote shell exactly the words, and with --raw the line as it is', async () => {
    const words = ['$HOME', 'a b', "it's", '*', '', '--', '\n', '$(id)', 'é😀'];
    const { stdout } = await bench.exec(['printf', '[%s]', ...words]);
    expect(stdout).toBe(words.map((word) => `[${word}]`).join(''));
    const raw = await bench.exec(['printf %s "$((40 + 2))" | cat'], { flags: { raw: true } });
    expect(raw).toMatchObject({ code: 0, stdout: '42' });
  });

  it.each([0, 1, 3, 75, 77, 84, 255])(
    'ends with the exit code %i of the command',
    async (status) => {
      const { code, result } = await bench.ask([`exit ${status}`], { raw: true });
      expect(code).toBe(status);
      expect(result).toMatchObject({ source: 'child', child: { exitCode: status } });
      expect(result.status).toBe(status === 0 ? 'succeeded' : 'failed');
    },
  );

  it('ends with 128 and the signal that ended the command', async () => {
    const { code, result } = await bench.ask(['kill -TERM $$'], { raw: true });
    expect(code).toBe(143);
    expect(result.child).toMatchObject({ exitCode: 143, message: 'killed by SIGTERM' });
    const told = await bench.exec(['kill -TERM $$'], { flags: { raw: true } });
    expect(told.talk).toBe('hoopx: killed by SIGTERM');
  });

  it('keeps stdout and stderr apart, whole, bounded, and as Base64 when they are no text', async () => {
    const both = await bench.exec(['printf out; printf err >&2'], { flags: { raw: true } });
    expect(both).toMatchObject({ code: 0, stdout: 'out', stderr: 'err', talk: '' });
    const { result } = await bench.ask(["printf '\\377'; echo text >&2"], { raw: true });
    expect(result.result).toEqual({
      ...{ stdout: null, stdoutBase64: '/w==', stderr: 'text\n', truncated: false },
    });
    const cut = await bench.ask(['head', '-c', '5000', '/dev/zero'], { 'max-output': 100 });
    expect(cut.result.result).toMatchObject({ stdout: '\0'.repeat(100), truncated: true });
  });

  it('carries 5 MB each way unharmed, to a reader that is slow', async () => {
    const bytes = Buffer.alloc(5_000_000);
    for (let index = 0; index < bytes.length; index += 1) bytes[index] = 97 + ((index * 7) % 26);
    const stdin = Readable.from(cutUp(bytes));
    const { code, stdout } = await bench.exec(['cat'], { flags: { stdin: true }, stdin });
    expect(code).toBe(0);
    expect(digest(Buffer.from(stdout))).toBe(digest(bytes));
  });

  it('sends SIGINT to what runs on Ctrl-C, and at the time limit: 130, 124', async () => {
    // It ends with its session, also where a signal does not reach it.
    const line = `trap 'echo stopped; exit 9' INT; echo ready; while kill -0 $PPID; do sleep 0.1; done`;
    const asked = bench.exec(['sh', '-c', line]);
    await pause(1_000);
    process.emit('SIGINT');
    const { code, stdout } = await asked;
    expect(code).toBe(130);
    const limited = await bench.ask(['sh', '-c', line], { timeout: 1_000 });
    expect(limited.code).toBe(124);
    if (process.getuid?.() === 0) {
      // sshd signals nothing of root's: it is hung up on instead.
      expect(bench.sshd.log()).toContain('session signalling requires privilege separation');
      return;
    }
    expect(stdout).toBe('ready\nstopped\n');
    expect(limited.result.child).toMatchObject({ exitCode: 9 });
  });

  it('does not know the outcome when the server dies while it runs: 84', async () => {
    const { code, result } = await bench.ask(['kill -9 $PPID; sleep 5'], { raw: true });
    expect({ code, status: result.status }).toEqual({ code: 84, status: 'unknown' });
  });

  it('cannot have a server that is away: 69, nothing ran', async () => {
    await bench.sshd.shutDown();
    try {
      const { code, result } = await bench.ask(['true']);
      expect({ code, source: result.source }).toEqual({ code: 69, source: 'hoopx' });
    } finally {
      await bench.sshd.restart();
    }
  });
});

function* cutUp(bytes: Buffer): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += 70_001) {
    yield bytes.subarray(start, start + 70_001);
  }
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CapturedStream, remoteOutput } from '../../src/exec/captured-output.ts';
import { inParallel } from '../../src/exec/in-parallel.ts';
import { interruptible } from '../../src/exec/local-terminal.ts';
import { PrefixedOutput } from '../../src/exec/prefixed-output.ts';
import { childOf } from '../../src/exec/remote-answer.ts';

async function prefixed(chunks: readonly Uint8Array[]): Promise<Buffer> {
  const to = new PassThrough();
  const read = buffer(to);
  const output = new PrefixedOutput('web', to);
  for (const chunk of chunks) output.write(Buffer.from(chunk));
  output.end();
  await finished(output);
  to.end();
  return read;
}

describe('output of several connections', () => {
  it('has every line under its name, wherever the chunks were cut', async () => {
    const line = fc
      .string({ unit: 'binary', maxLength: 20 })
      .map((text) => text.replace(/\n/g, ''));
    const cuts = fc.array(fc.nat({ max: 200 }), { maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { minLength: 1 }),
        cuts,
        fc.boolean(),
        async (lines, at, end) => {
          const bytes = Buffer.from(`${lines.join('\n')}${end ? '\n' : ''}`);
          const edges = [0, ...at.map((each) => each % (bytes.length + 1)), bytes.length];
          edges.sort((a, b) => a - b);
          const chunks = edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
          const given = bytes.toString().replace(/\n$/, '');
          const expected =
            given === '' && bytes.length === 0
              ? ''
              : `[web] ${given.replaceAll('\n', '\n[web] ')}\n`;
          expect((await prefixed(chunks)).toString()).toBe(expected);
        },
      ),
    );
  });

  it('keeps bytes that are no text, and cuts a line that never ends', async () => {
    const bytes = Buffer.of(0xff, 0x00, 0x0a, 0xfe);
    const expected = [
      Buffer.from('[web] '),
      bytes.subarray(0, 3),
      Buffer.from('[web] '),
      Buffer.of(0xfe, 0x0a),
    ];
    expect(await prefixed([bytes])).toEqual(Buffer.concat(expected));
    const long = (await prefixed([Buffer.alloc(100_000, 'x'), Buffer.from('y')])).toString();
    expect(long).toBe(`[web] ${'x'.repeat(100_000)}\n[web] y\n`);
  });

  it('runs so many at once, in order, and more while one gives way', async () => {
    let running = 0;
    let most = 0;
    const results = await inParallel([5, 1, 4, 2, 3], 2, async (item) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, item * 5));
      running -= 1;
      return item;
    });
    expect({ results, most }).toEqual({ results: [5, 1, 4, 2, 3], most: 2 });
    const order: string[] = [];
    await inParallel(['held', 'next'], 1, async (item, giveWay) => {
      order.push(`${item} begins`);
      giveWay();
      giveWay();
      await new Promise((resolve) => setTimeout(resolve, item === 'held' ? 30 : 5));
      order.push(`${item} ends`);
    });
    expect(order).toEqual(['held begins', 'next begins', 'next ends', 'held ends']);
  });
});

describe('output in the result', () => {
  function kept(limit: number, stdout: Buffer, stderr = Buffer.alloc(0)) {
    const [out, err] = [new CapturedStream(limit), new CapturedStream(limit)];
    out.write(stdout);
    err.write(stderr);
    return remoteOutput(out, err);
  }

  it('is text where it is UTF-8, else Base64 in a field of another name', () => {
    expect(kept(100, Buffer.from('é😀'), Buffer.of(0xff, 0x41))).toEqual({
      ...{ stdout: 'é😀', stderr: null, stderrBase64: '/0E=', truncated: false },
    });
  });

  it('is cut at the limit, never in the middle of a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat({ max: 40 }), (text, limit) => {
        const bytes = Buffer.from(text);
        const { stdout, truncated } = kept(limit, bytes);
        expect(truncated).toBe(bytes.length > limit);
        expect(stdout).not.toBeNull();
        expect(text.startsWith(stdout ?? '?')).toBe(true);
        expect(Math.min(bytes.length, limit) - Buffer.byteLength(stdout ?? '')).toBeLessThan(4);
      }),
    );
  });

  it('has the exit code of a shell for a command that a signal ended', () => {
    const message = null;
    expect(childOf({ kind: 'killed', signal: 'TERM', message })).toEqual({
      ...{ exitCode: 143, message: 'killed by SIGTERM' },
    });
    expect(childOf({ kind: 'killed', signal: 'KILL', message: 'out of memory' })).toEqual({
      ...{ exitCode: 137, message: 'killed by SIGKILL: out of memory' },
    });
    expect(childOf({ kind: 'killed', signal: 'x@y', message }).exitCode).toBe(255);
    expect(childOf({ kind: 'exited', code: 3 })).toEqual({ exitCode: 3 });
  });
});

describe('keys on their way to a remote terminal', () => {
  it('are the command’s own, but for Ctrl-C while it is held', async () => {
    let held = true;
    let interrupts = 0;
    const keys = interruptible({ isHeld: () => held, interrupt: () => (interrupts += 1) });
    const read = buffer(keys);
    keys.write(Buffer.from('ab'));
    keys.write(Buffer.from('\x03'));
    await new Promise((resolve) => setImmediate(resolve));
    held = false;
    keys.end(Buffer.from('\x03c'));
    expect((await read).toString()).toBe('ab\x03c');
    expect(interrupts).toBe(1);
  });
});

import { randomBytes } from 'node:crypto';
import { PassThrough, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { pour } from '../../src/tunnel/pour.ts';

/** Takes each write only once it is let. */
function slowSink() {
  const taken: Buffer[] = [];
  const waiting: (() => void)[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      taken.push(chunk);
      waiting.push(done);
    },
  });
  return { sink, taken, waiting };
}

describe('pouring one stream into another', () => {
  it('reads no further than the reader at the end takes', async () => {
    const from = new PassThrough();
    const { sink, waiting } = slowSink();
    const poured = pour(from, sink).catch(() => {});
    for (let sent = 0; sent < 64; sent += 1) {
      from.write(Buffer.alloc(16 * 1024));
      await delay(1);
    }
    expect(sink.writableLength).toBeLessThanOrEqual(256 * 1024);
    expect(from.isPaused()).toBe(true);
    sink.on('drain', () => {});
    while (sink.writableLength > 0 || waiting.length > 0) {
      waiting.shift()?.();
      await delay(0);
    }
    expect(from.isPaused()).toBe(false);
    from.destroy();
    await poured;
  });

  it('rejects when what it reads from breaks', async () => {
    const from = new PassThrough();
    const poured = pour(from, new PassThrough());
    from.destroy(new Error('broken'));
    await expect(poured).rejects.toThrow('broken');
  });

  it('has written everything when it is done, whatever the pieces, and leaves the end open', async () => {
    const pieces = [1, 16_384, 16_384, 5, 70_000, 16_384].map((length) => randomBytes(length));
    const from = new PassThrough({ highWaterMark: 1024 * 1024 });
    const to = new PassThrough({ highWaterMark: 1024 * 1024 });
    for (const piece of pieces) from.write(piece);
    from.end();
    await pour(from, to);
    expect(to.writableCorked).toBe(0);
    expect(to.writableEnded).toBe(false);
    expect(Buffer.from(to.read()).equals(Buffer.concat(pieces))).toBe(true);
  });
});

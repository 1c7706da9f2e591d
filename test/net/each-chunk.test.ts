import { PassThrough } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { eachChunk } from '../../src/net/each-chunk.ts';
import { StreamClosedError } from '../../src/net/stream-closed-error.ts';

describe('each chunk', () => {
  it('hands nothing on while the last chunk is still at work', async () => {
    const stream = new PassThrough();
    const seen: string[] = [];
    let done = () => {};
    const reading = eachChunk(stream, (chunk) => {
      seen.push(`${chunk}`);
      return new Promise<void>((resolve) => {
        done = resolve;
      });
    });
    stream.write('one');
    await turn();
    stream.end('two');
    await turn();
    expect(seen).toEqual(['one']);
    done();
    await turn();
    expect(seen).toEqual(['one', 'two']);
    done();
    await reading;
  });

  it('leaves the stream open, and what comes after enough in it', async () => {
    const stream = new PassThrough();
    stream.write('one');
    await eachChunk(stream, () => 'enough');
    stream.write('two');
    await turn();
    expect(stream.destroyed).toBe(false);
    expect(`${stream.read()}`).toBe('two');
  });

  it('rejects with what went wrong: here, at work, or in the stream', async () => {
    const fault = new Error('fault');
    const thrown = new PassThrough();
    thrown.write('x');
    const throwing = eachChunk(thrown, () => {
      throw fault;
    });
    await expect(throwing).rejects.toBe(fault);
    const rejected = new PassThrough();
    rejected.write('x');
    await expect(eachChunk(rejected, () => Promise.reject(fault))).rejects.toBe(fault);
    const failing = new PassThrough();
    const reading = eachChunk(failing, () => 'more');
    failing.destroy(fault);
    await expect(reading).rejects.toBe(fault);
  });

  it('says that a stream broke off, also one that had before', async () => {
    const stream = new PassThrough();
    const reading = eachChunk(stream, () => 'more');
    stream.destroy();
    await expect(reading).rejects.toBeInstanceOf(StreamClosedError);
    await expect(eachChunk(stream, () => 'more')).rejects.toBeInstanceOf(StreamClosedError);
  });

  it('does not end before the work on the last chunk has', async () => {
    const stream = new PassThrough();
    let done = () => {};
    let over = false;
    const reading = eachChunk(stream, () => {
      return new Promise<void>((resolve) => {
        done = resolve;
      });
    }).catch(() => {
      over = true;
    });
    stream.write('x');
    await turn();
    stream.destroy();
    await turn();
    expect(over).toBe(false);
    done();
    await reading;
    expect(over).toBe(true);
  });
});

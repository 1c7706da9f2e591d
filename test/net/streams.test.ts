import { once } from 'node:events';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { connectTcp } from '../../src/net/connect-tcp.ts';
import { readChunks, readExactly } from '../../src/net/read-chunks.ts';
import { writeAll } from '../../src/net/write-all.ts';
import { loopback } from './loopback.ts';

const closed = expect.objectContaining({ code: 'STREAM_CLOSED' });

test('a write to a closed stream is refused', async () => {
  const { client, close } = await loopback();
  close();
  await expect(writeAll(client, Buffer.from('x'))).rejects.toEqual(closed);
});

test('a write that waits for room ends when the stream breaks off', async () => {
  const { client, server, close } = await loopback();
  const waiting = writeAll(client, Buffer.alloc(32 << 20));
  await sleep(20);
  server.destroy();
  await expect(waiting).rejects.toEqual(closed);
  close();
});

test('a write that waits for room ends when aborted', async () => {
  const { client, close } = await loopback();
  const stop = new AbortController();
  const waiting = writeAll(client, Buffer.alloc(32 << 20), stop.signal);
  stop.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  close();
});

test('awaited writes never outrun a slow reader', async () => {
  let held = 0;
  const slow = new Writable({
    highWaterMark: 1000,
    write: (chunk: Buffer, _encoding, done) => {
      held = Math.max(held, slow.writableLength);
      setTimeout(done, 1, chunk.length === 0 ? null : undefined);
    },
  });
  for (let turn = 0; turn < 20; turn += 1) await writeAll(slow, Buffer.alloc(900));
  expect(held).toBeLessThanOrEqual(1900);
});

test('all chunks arrive, and the stream stays open for the next reader', async () => {
  const { client, server, close } = await loopback();
  client.write('first');
  for await (const chunk of readChunks(server)) {
    expect(chunk.toString()).toBe('first');
    break;
  }
  client.end('second');
  const rest: Buffer[] = [];
  for await (const chunk of readChunks(server)) rest.push(chunk);
  expect(Buffer.concat(rest).toString()).toBe('second');
  expect(server.listenerCount('readable')).toBe(0);
  close();
});

test('a reader ends with the signal, and with a reset', async () => {
  const first = await loopback();
  const stop = new AbortController();
  const reading = readChunks(first.server, stop.signal).next();
  stop.abort(new Error('enough'));
  await expect(reading).rejects.toThrow('enough');
  const again = readChunks(first.server).next();
  first.client.resetAndDestroy();
  await expect(again).rejects.toEqual(closed);
  first.close();
});

test('exact reads leave what follows where it was', async () => {
  const { client, server, close } = await loopback();
  const four = readExactly(server, 4);
  for (const byte of Buffer.from('abcdef')) {
    client.write(Buffer.of(byte));
    await sleep(2);
  }
  expect((await four)?.toString()).toBe('abcd');
  expect((await readExactly(server, 1))?.toString()).toBe('e');
  client.end();
  await expect(readExactly(server, 2)).rejects.toEqual(closed);
  close();
});

test('an exact read longer than any buffer works, and the end is null', async () => {
  const { client, server, close } = await loopback();
  client.end(Buffer.alloc(1 << 20, 1));
  expect((await readExactly(server, 1 << 20))?.length).toBe(1 << 20);
  expect(await readExactly(server, 1)).toBeNull();
  close();
});

test('a port where nobody listens is said with the cause', async () => {
  const { server, close } = await loopback();
  const port = server.localPort ?? 0;
  close();
  await once(server, 'close');
  const act = connectTcp({ host: '127.0.0.1', port }, AbortSignal.timeout(30_000));
  await expect(act).rejects.toMatchObject({
    code: 'STREAM_CLOSED',
    cause: { code: 'ECONNREFUSED' },
  });
});

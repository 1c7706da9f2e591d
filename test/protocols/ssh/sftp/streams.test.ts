import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { decodeStatus } from '../../../../src/protocols/ssh/wire/reply/status.ts';
import { encodeHandleOnly } from '../../../../src/protocols/ssh/wire/request/handle-only.ts';
import { encodeOnePath } from '../../../../src/protocols/ssh/wire/request/one-path.ts';
import { encodeRead, encodeWrite } from '../../../../src/protocols/ssh/wire/request/read-write.ts';
import { requestIdOf } from '../../../../src/protocols/ssh/wire/request-id.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { decisions, held } from './decisions.ts';
import { withServer } from './relayed.ts';

const remove = (id: number) => encodeOnePath({ kind: 'remove', id, path: Buffer.from('x') });

describeWith(['sftp-server'], 'SFTP streams', () => {
  test('pitfall 8: one byte at a time is the same as all at once', async () => {
    const { client, folder } = await withServer();
    const handle = await client.open('file', 0x1b);
    const contents = Buffer.from('contents, byte by byte');
    const packets = Buffer.concat([
      encodeWrite({ id: 2, handle, offset: 0n }, contents),
      encodeRead({ id: 3, handle, offset: 0n, length: 100 }),
      encodeHandleOnly({ kind: 'close', id: 4, handle }),
    ]);
    for (const byte of packets) {
      client.send(Buffer.from([byte]));
      await new Promise(setImmediate);
    }
    const replies = [await client.next(), await client.next(), await client.next()];
    expect(replies.map(requestIdOf)).toEqual([2, 3, 4]);
    expect(replies[1]?.subarray(13)).toEqual(contents);
    expect(readFileSync(path.join(folder, 'file'))).toEqual(contents);
  });

  test('many requests at once are answered, each under its own id', async () => {
    const { client, folder } = await withServer();
    const contents = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    writeFileSync(path.join(folder, 'file'), contents);
    const handle = await client.open('file', 1);
    const ids = Array.from({ length: 256 }, (_, index) => index);
    for (const id of ids) client.send(encodeRead({ id, handle, offset: BigInt(id), length: 1 }));
    for (const id of ids) {
      const reply = await client.next();
      expect([requestIdOf(reply), reply.at(-1)]).toEqual([id, id]);
    }
  });

  test('more requests than may be outstanding wait, and are all answered', async () => {
    const { client } = await withServer(decisions(), { limits: { maxOutstanding: 3 } });
    const handle = await client.open('file', 0x1b);
    const ids = Array.from({ length: 50 }, (_, index) => index);
    for (const id of ids) client.send(encodeHandleOnly({ kind: 'fstat', id, handle }));
    for (const id of ids) expect(requestIdOf(await client.next())).toBe(id);
  });

  test('while an operation is held, no more than its bound is read from the client', async () => {
    const gate = held();
    const { client, asked } = await withServer(decisions(() => gate.why));
    client.send(remove(1));
    await expect.poll(() => asked.length).toBe(1);
    const count = 400;
    const junk = encodeWrite({ id: 2, handle: Buffer.from('h'), offset: 0n }, Buffer.alloc(65_000));
    client.send(...Array.from({ length: count }, () => junk));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(client.stream.writableLength).toBeGreaterThan(count * 65_000 * 0.5);
    gate.release();
    for (let answered = 0; answered <= count; answered += 1) {
      expect(decodeStatus(await client.next()).code).toBeGreaterThan(0);
    }
  });

  test('a client that ends its side gets what it still awaits, and nothing is decided', async () => {
    const { client, folder, asked, ended } = await withServer();
    writeFileSync(path.join(folder, 'file'), 'contents');
    const handle = await client.open('file', 1);
    client.send(encodeRead({ id: 2, handle, offset: 0n, length: 100 }));
    client.send(encodeHandleOnly({ kind: 'close', id: 3, handle }));
    client.stream.end();
    expect([await client.next(), await client.next()].map(requestIdOf)).toEqual([2, 3]);
    expect(await ended).toBe(null);
    expect(asked).toHaveLength(1);
  });

  test('a server that dies ends it', async () => {
    const { client, server, ended, settled } = await withServer();
    await client.open('file', 0x1a);
    server.process.kill('SIGKILL');
    expect(await ended).toBe(null);
    expect(settled).toMatchObject([{ outcome: 'unknown' }]);
  });
});

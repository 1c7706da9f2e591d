import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { encodeHandleOnly } from '../../../../src/protocols/ssh/wire/request/handle-only.ts';
import { encodeOnePath } from '../../../../src/protocols/ssh/wire/request/one-path.ts';
import { encodeRead, encodeWrite } from '../../../../src/protocols/ssh/wire/request/read-write.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { decisions, held } from './decisions.ts';
import { open } from './raw-sftp.ts';
import { withServer } from './relayed.ts';

const id = 1;
const remove = (name: string) => encodeOnePath({ kind: 'remove', id, path: Buffer.from(name) });
const write = (handle: Buffer, contents: string) =>
  encodeWrite({ id, handle, offset: 0n }, Buffer.from(contents));
const read = (handle: Buffer, length: number) => encodeRead({ id, handle, offset: 0n, length });
const close = (handle: Buffer) => encodeHandleOnly({ kind: 'close', id, handle });

describeWith(['sftp-server'], 'SFTP outcomes', () => {
  test('what the server refuses has failed, in its own words', async () => {
    const { client, settled } = await withServer();
    await client.ask(remove('missing'));
    await client.ask(open('missing', 1));
    expect(settled.map(({ outcome, message }) => [outcome, message])).toEqual([
      ['failed', 'the server answered: No such file'],
      ['failed', 'the server answered: No such file'],
    ]);
  });

  test('a write is over when its file is closed, and says how much was written', async () => {
    const { client, settled } = await withServer();
    const handle = await client.open('file', 0x1a);
    await client.ask(write(handle, 'some'));
    await client.ask(write(handle, 'contents'));
    expect(settled).toEqual([]);
    await client.ask(close(handle));
    expect(settled).toMatchObject([{ outcome: 'succeeded', message: 'wrote 12 bytes' }]);
  });

  test('a write that the server refuses makes the file’s outcome failed', async () => {
    const { client, settled } = await withServer();
    const handle = await client.open('/dev/full', 2);
    await client.ask(write(handle, 'some'));
    await client.ask(close(handle));
    expect(settled).toMatchObject([
      { outcome: 'failed', message: 'wrote 0 bytes; the server answered: Failure' },
    ]);
  });

  test('a read is over when its file is closed, and says how much was read', async () => {
    const { client, folder, settled } = await withServer();
    writeFileSync(path.join(folder, 'file'), 'contents');
    const handle = await client.open('file', 1);
    await client.ask(read(handle, 5));
    await client.ask(close(handle));
    expect(settled).toMatchObject([{ outcome: 'succeeded', message: 'read 5 bytes' }]);
  });

  test('the outcome is settled before the client sees the answer', async () => {
    const { client, folder, settled } = await withServer();
    writeFileSync(path.join(folder, 'file'), 'contents');
    expect((await client.ask(remove('file'))).readUInt8(4)).toBe(101);
    expect(settled).toMatchObject([{ outcome: 'succeeded', message: null }]);
  });

  test('a file left open: unknown if written, seen if read, failed if neither', async () => {
    const { client, folder, settled, ended } = await withServer();
    writeFileSync(path.join(folder, 'file'), 'contents');
    const written = await client.open('new', 0x1a);
    await client.ask(write(written, 'half'));
    const seen = await client.open('file', 1);
    await client.ask(read(seen, 8));
    await client.open('file', 1);
    client.stream.destroy();
    expect(await ended).toBe(null);
    const after = 'the session ended before the file was closed';
    expect(settled.map(({ outcome, message }) => [outcome, message])).toEqual([
      ['unknown', `wrote 4 bytes; ${after}`],
      ['succeeded', `read 8 bytes; ${after}`],
      ['failed', `read 0 bytes; ${after}`],
    ]);
  });

  test('a decision that comes when the client has left is given back unused', async () => {
    const gate = held();
    const made = decisions(() => gate.why);
    const { client, folder, settled, ended } = await withServer(made);
    writeFileSync(path.join(folder, 'file'), 'contents');
    client.send(remove('file'));
    await expect.poll(() => made.asked.length).toBe(1);
    client.stream.end();
    expect(await ended).toBe(null);
    gate.release();
    await expect.poll(() => settled).toMatchObject([{ outcome: 'failed' }]);
  });

  test('abort ends it at once, with its reason, even while a decision is awaited', async () => {
    const { client, ended, abort, asked } = await withServer(
      decisions(() => new Promise<null>(() => {})),
    );
    client.send(remove('file'));
    await expect.poll(() => asked.length).toBe(1);
    const reason = new Error('revoked');
    abort.abort(reason);
    expect(await ended).toBe(reason);
  });

  test('what deciding throws ends it', async () => {
    const { client, ended } = await withServer(
      decisions(() => {
        throw new Error('the store is gone');
      }),
    );
    client.send(remove('file'));
    expect(await ended).toMatchObject({ message: 'the store is gone' });
  });
});

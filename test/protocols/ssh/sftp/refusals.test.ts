import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { encodePacket, string, uint32 } from '../../../../src/protocols/ssh/wire/encode.ts';
import { decodeVersion, encodeInit } from '../../../../src/protocols/ssh/wire/greeting.ts';
import { requestType } from '../../../../src/protocols/ssh/wire/packet-types.ts';
import { encodeExtended } from '../../../../src/protocols/ssh/wire/request/extended.ts';
import { encodeFsetstat } from '../../../../src/protocols/ssh/wire/request/fsetstat.ts';
import { encodeHandleOnly } from '../../../../src/protocols/ssh/wire/request/handle-only.ts';
import { encodeOnePath } from '../../../../src/protocols/ssh/wire/request/one-path.ts';
import { encodePathAttributes } from '../../../../src/protocols/ssh/wire/request/path-attributes.ts';
import { encodeRead, encodeWrite } from '../../../../src/protocols/ssh/wire/request/read-write.ts';
import { encodeTwoPaths } from '../../../../src/protocols/ssh/wire/request/two-paths.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { decisions } from './decisions.ts';
import { noAttributes, open } from './raw-sftp.ts';
import { relayed, withServer } from './relayed.ts';
import { startSftpServer, testFolder } from './sftp-server.ts';

const id = 1;
const bytes = (text: string) => Buffer.from(text);
const no = () => decisions(() => 'not here');
const mode = (permissions: number) => ({ ...noAttributes, permissions });

/** Every request that names a file, on `file`, `folder` and `new`. */
const requests = {
  read: open('file', 1),
  write: open('new', 0x1a),
  'truncate while reading': open('file', 0x11),
  opendir: encodeOnePath({ kind: 'opendir', id, path: bytes('folder') }),
  stat: encodeOnePath({ kind: 'stat', id, path: bytes('file') }),
  lstat: encodeOnePath({ kind: 'lstat', id, path: bytes('file') }),
  readlink: encodeOnePath({ kind: 'readlink', id, path: bytes('link') }),
  remove: encodeOnePath({ kind: 'remove', id, path: bytes('file') }),
  rmdir: encodeOnePath({ kind: 'rmdir', id, path: bytes('folder') }),
  mkdir: encodePathAttributes({ kind: 'mkdir', id, path: bytes('new'), attributes: mode(0o755) }),
  setstat: encodePathAttributes({
    kind: 'setstat',
    id,
    path: bytes('file'),
    attributes: mode(0o777),
  }),
  rename: encodeTwoPaths({ kind: 'rename', id, first: bytes('file'), second: bytes('new') }),
  symlink: encodeTwoPaths({ kind: 'symlink', id, first: bytes('file'), second: bytes('new') }),
  'posix-rename': encodeExtended({
    kind: 'posixRename',
    id,
    first: bytes('file'),
    second: bytes('new'),
  }),
  hardlink: encodeExtended({ kind: 'hardlink', id, first: bytes('file'), second: bytes('new') }),
  lsetstat: encodeExtended({
    kind: 'lsetstat',
    id,
    path: bytes('file'),
    attributes: mode(0o777),
  }),
  statvfs: encodeExtended({ kind: 'statvfs', id, path: bytes('file') }),
};

function furnish(folder: string): void {
  writeFileSync(path.join(folder, 'file'), 'contents', { mode: 0o600 });
  mkdirSync(path.join(folder, 'folder'));
  symlinkSync('file', path.join(folder, 'link'));
}

describeWith(['sftp-server'], 'SFTP refusals', () => {
  test.each(Object.entries(requests))('a refused %s does not reach the server', async (_, raw) => {
    const { client, folder, asked, settled } = await withServer(no());
    furnish(folder);
    expect(await client.refused(Buffer.from(raw))).toBe('3 not here');
    expect(asked).toHaveLength(1);
    expect(settled).toEqual([]);
    expect(readFileSync(path.join(folder, 'file'), 'utf8')).toBe('contents');
    expect(statSync(path.join(folder, 'file')).mode & 0o777).toBe(0o600);
    expect(existsSync(path.join(folder, 'folder'))).toBe(true);
    expect(existsSync(path.join(folder, 'new'))).toBe(false);
  });

  test.each(Object.entries(requests))(
    'the same %s, cleared, is done by the server',
    async (...of) => {
      const [name, raw] = of;
      const { client, folder, asked, settled } = await withServer();
      furnish(folder);
      const reply = await client.ask(Buffer.from(raw));
      expect(reply.readUInt32BE(5)).toBe(id);
      expect(asked).toHaveLength(1);
      if (!['read', 'write', 'truncate while reading'].includes(name)) {
        expect(settled).toMatchObject([{ outcome: 'succeeded' }]);
      }
    },
  );

  test('the session goes on behind a refusal', async () => {
    const { client, folder } = await withServer(
      decisions(({ kind }) => (kind === 'sftp_remove' ? 'nothing is removed' : null)),
    );
    furnish(folder);
    expect(await client.refused(Buffer.from(requests.remove))).toBe('3 nothing is removed');
    expect((await client.ask(Buffer.from(requests.stat))).readUInt8(4)).toBe(105);
  });

  test('a handle that the server never gave is refused, whatever is asked of it', async () => {
    const { client, folder, asked } = await withServer();
    furnish(folder);
    const handle = Buffer.from([0, 0, 0, 0]);
    const forged = [
      encodeRead({ id, handle, offset: 0n, length: 10 }),
      encodeWrite({ id, handle, offset: 0n }, Buffer.alloc(70_000)),
      encodeWrite({ id, handle, offset: 0n }, Buffer.alloc(0)),
      encodeHandleOnly({ kind: 'close', id, handle }),
      encodeHandleOnly({ kind: 'fstat', id, handle }),
      encodeHandleOnly({ kind: 'readdir', id, handle }),
      encodeFsetstat({ id, handle, attributes: mode(0o777) }),
      encodeExtended({ kind: 'fsync', id, handle }),
      encodeExtended({ kind: 'fstatvfs', id, handle }),
    ];
    for (const raw of forged) expect(await client.refused(raw)).toBe('4 no such file is open');
    expect(asked).toEqual([]);
  });

  test('contents of a refused WRITE are not taken for packets by the server', async () => {
    const { client, folder } = await withServer();
    furnish(folder);
    const handle = await client.open('new', 0x1a);
    await client.ask(encodeWrite({ id, handle, offset: 0n }, bytes('granted')));
    const hidden = Buffer.from(requests.remove);
    const forged = encodeWrite({ id: 2, handle: bytes('forged'), offset: 0n }, hidden);
    client.send(forged.subarray(0, forged.length - hidden.length));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await client.refused(forged.subarray(-hidden.length))).toBe('4 no such file is open');
    expect((await client.ask(Buffer.from(requests.stat))).readUInt8(4)).toBe(105);
    expect(existsSync(path.join(folder, 'file'))).toBe(true);
  });

  test('copy-data needs both handles, one to read and one to write', async () => {
    const { client, folder } = await withServer();
    furnish(folder);
    const source = await client.open('file', 1);
    const target = await client.open('new', 0x1a);
    const copy = (from: Buffer, to: Buffer) =>
      encodeExtended({
        kind: 'copyData',
        id,
        source: from,
        sourceOffset: 0n,
        length: 0n,
        target: to,
        targetOffset: 0n,
      });
    expect(await client.refused(copy(source, bytes('x')))).toBe('4 no such file is open');
    expect(await client.refused(copy(bytes('x'), target))).toBe('4 no such file is open');
    expect(await client.refused(copy(target, source))).toMatch(/^3 .*reading/);
    expect(await client.refused(copy(source, source))).toMatch(/^3 .*writing/);
    expect(await client.refused(copy(source, target))).toMatch(/^0 /);
    expect(readFileSync(path.join(folder, 'new'), 'utf8')).toBe('contents');
  });

  test('a closed handle is forgotten, and refused as soon as CLOSE has left', async () => {
    const { client, folder } = await withServer();
    furnish(folder);
    const handle = await client.open('file', 1);
    client.send(
      encodeHandleOnly({ kind: 'close', id: 1, handle }),
      encodeRead({ id: 2, handle, offset: 0n, length: 10 }),
    );
    const replies = [await client.next(), await client.next()];
    const byId = new Map(replies.map((raw) => [raw.readUInt32BE(5), raw.readUInt32BE(9)]));
    expect(byId).toEqual(
      new Map([
        [1, 0],
        [2, 4],
      ]),
    );
  });

  test('a file is used only for what it was opened for', async () => {
    const { client, folder } = await withServer();
    furnish(folder);
    const toRead = await client.open('file', 1);
    const write = encodeWrite({ id, handle: toRead, offset: 0n }, bytes('changed'));
    expect(await client.refused(write)).toMatch(/^3 .*writing/);
    const toWrite = await client.open('new', 0x0a);
    const read = encodeRead({ id, handle: toWrite, offset: 0n, length: 10 });
    expect(await client.refused(read)).toMatch(/^3 .*reading/);
    const listing = encodeHandleOnly({ kind: 'readdir', id, handle: toRead });
    expect(await client.refused(listing)).toMatch(/^3 .*listing/);
    expect(readFileSync(path.join(folder, 'file'), 'utf8')).toBe('contents');
  });

  test('attributes of an open file are decided; its size is not, if it is written', async () => {
    const made = decisions(({ kind }) => (kind === 'sftp_setstat' ? 'no' : null));
    const { client, folder, asked } = await withServer(made);
    furnish(folder);
    const toRead = await client.open('file', 1);
    const set = (handle: Buffer, attributes: typeof noAttributes | ReturnType<typeof mode>) =>
      client.refused(encodeFsetstat({ id, handle, attributes }));
    expect(await set(toRead, mode(0o777))).toBe('3 no');
    expect(asked.at(-1)).toMatchObject({
      kind: 'sftp_setstat',
      paths: [path.join(folder, 'file')],
      summary: `set mode 0777 of ${path.join(folder, 'file')} (open)`,
    });
    const toWrite = await client.open('file', 2);
    const size = { ...noAttributes, size: 3n };
    expect(await client.refused(encodeFsetstat({ id, handle: toRead, attributes: size }))).toBe(
      '3 no',
    );
    expect(await set(toWrite, { ...mode(0o777), ...{ size: null } })).toBe('3 no');
    expect(await client.refused(encodeFsetstat({ id, handle: toWrite, attributes: size }))).toMatch(
      /^0 /,
    );
    expect(readFileSync(path.join(folder, 'file'), 'utf8')).toBe('con');
  });

  test('an unknown extension is answered by the gateway', async () => {
    const { client, asked } = await withServer();
    const raw = encodePacket(requestType.extended, uint32(9), string('run@evil'), string('rm -rf'));
    expect(await client.refused(raw)).toMatch(/^8 /);
    expect(asked).toEqual([]);
  });

  test('too many handles and too long paths are refused by themselves', async () => {
    const { client, folder } = await withServer(decisions(), {
      limits: { maxHandles: 2, maxPathBytes: 20 },
    });
    furnish(folder);
    const handle = await client.open('file', 1);
    await client.open('file', 1);
    expect(await client.refused(open('file', 1))).toBe('4 too many files are open');
    await client.ask(encodeHandleOnly({ kind: 'close', id, handle }));
    await client.open('file', 1);
    const long = encodeOnePath({ kind: 'stat', id, path: bytes('x'.repeat(21)) });
    expect(await client.refused(long)).toBe('4 the path is too long');
  });

  test.each([
    ['an unknown packet type', encodePacket(99, uint32(1)), 'UNKNOWN_TYPE'],
    ['a second INIT', encodeInit({ version: 3, extensions: [] }), 'UNKNOWN_TYPE'],
    ['a path with a NUL', open('a\0b', 1), 'BAD_PATH'],
    ['a packet longer than its limit', encodePacket(3, Buffer.alloc(40_000)), 'TOO_LONG'],
  ])('%s ends it', async (_, raw, code) => {
    const { client, ended, asked } = await withServer();
    client.send(raw);
    expect(await ended).toMatchObject({ name: 'WireFault', code });
    expect(asked).toEqual([]);
  });

  test('a client of version 2 is not served; one that likes a newer one gets 3', async () => {
    const old = await relayed(startSftpServer(testFolder()).stream, decisions());
    old.client.send(encodeInit({ version: 2, extensions: [] }));
    expect(await old.ended).toMatchObject({ code: 'BAD_VERSION' });
    const newer = await relayed(startSftpServer(testFolder()).stream, decisions());
    const version = await newer.client.ask(encodeInit({ version: 6, extensions: [] }));
    expect(decodeVersion(version).version).toBe(3);
  });

  test('what comes before INIT ends it', async () => {
    const { client, ended } = await relayed(startSftpServer(testFolder()).stream, decisions());
    client.send(open('file', 1));
    expect(await ended).toMatchObject({ code: 'UNEXPECTED' });
  });
});

import { linkSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  absoluteText,
  namedIn,
  normalText,
} from '../../../../src/protocols/ssh/sftp/path-bytes.ts';
import { encodeExtended } from '../../../../src/protocols/ssh/wire/request/extended.ts';
import { encodeOnePath } from '../../../../src/protocols/ssh/wire/request/one-path.ts';
import { encodeTwoPaths } from '../../../../src/protocols/ssh/wire/request/two-paths.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { pathBytes } from '../wire/splits.ts';
import { decisions } from './decisions.ts';
import { open } from './raw-sftp.ts';
import { withServer } from './relayed.ts';

const id = 1;
const onPath = (kind: 'stat' | 'lstat' | 'remove' | 'opendir', name: string) =>
  encodeOnePath({ kind, id, path: Buffer.from(name) });
const onTwo = (kind: 'rename' | 'symlink', first: string, second: string) =>
  encodeTwoPaths({ kind, id, first: Buffer.from(first), second: Buffer.from(second) });

/** `open/` and `secret/`, and in `open/` a link to `secret/`, to `secret/key`, and to nowhere. */
async function furnished(refusing = true) {
  const made = decisions(() => (refusing ? 'no' : null));
  const relay = await withServer(made);
  const at = (...names: string[]) => path.join(relay.folder, ...names);
  mkdirSync(at('open'));
  mkdirSync(at('secret'));
  writeFileSync(at('secret/key'), 'key');
  writeFileSync(at('open/file'), 'file');
  symlinkSync('../secret', at('open/folder-link'));
  symlinkSync('../secret/key', at('open/key-link'));
  symlinkSync(at('secret/new'), at('open/dangling'));
  symlinkSync('loop', at('open/loop'));
  const pathsOf = async (raw: Buffer) => {
    await relay.client.ask(raw);
    return made.asked.at(-1)?.paths.map((name) => path.relative(relay.folder, name));
  };
  return { ...relay, at, pathsOf };
}

describeWith(['sftp-server'], 'SFTP paths', () => {
  test('a symbolic link does not hide what is opened', async () => {
    const { pathsOf } = await furnished();
    expect(await pathsOf(open('open/key-link', 1))).toEqual(['open/key-link', 'secret/key']);
    expect(await pathsOf(open('open/folder-link/key', 1))).toContain('secret/key');
    expect(await pathsOf(onPath('stat', 'open/key-link'))).toContain('secret/key');
    expect(await pathsOf(onPath('opendir', 'open/folder-link'))).toContain('secret');
  });

  test('a file that is not there yet is where its links lead', async () => {
    const { pathsOf } = await furnished();
    expect(await pathsOf(open('open/folder-link/new', 0x1a))).toContain('secret/new');
    expect(await pathsOf(open('open/dangling', 0x1a))).toContain('secret/new');
  });

  test('a link that leads nowhere is not written through', async () => {
    const { client, asked } = await furnished();
    expect(await client.refused(open('open/loop', 0x1a))).toMatch(/^4 .*symbolic link/);
    expect(asked).toEqual([]);
  });

  test('`..` is what the server makes of it, and what it looks like', async () => {
    const { pathsOf } = await furnished();
    expect(await pathsOf(open('open/folder-link/../secret/key', 1))).toEqual([
      'open/secret/key',
      'secret/key',
    ]);
    expect(await pathsOf(open('open/../open/./file', 1))).toEqual(['open/file']);
    expect(await pathsOf(open('./open//file', 1))).toEqual(['open/file']);
  });

  test('what names a link itself is about the link, in the folder where it really is', async () => {
    const { pathsOf } = await furnished();
    expect(await pathsOf(onPath('remove', 'open/key-link'))).toEqual(['open/key-link']);
    expect(await pathsOf(onPath('lstat', 'open/folder-link'))).toEqual(['open/folder-link']);
    expect(await pathsOf(onPath('remove', 'open/folder-link/key'))).toEqual([
      'open/folder-link/key',
      'secret/key',
    ]);
  });

  test('a trailing slash, which follows a link, does not hide it', async () => {
    const { pathsOf } = await furnished();
    expect(await pathsOf(onPath('lstat', 'open/folder-link/'))).toContain('secret');
    expect(await pathsOf(onPath('lstat', 'open/folder-link/.'))).toContain('secret');
    expect(await pathsOf(onPath('lstat', 'open/folder-link/..'))).toContain('');
  });

  test('rename names both ends, where they really are', async () => {
    const { pathsOf } = await furnished();
    expect(await pathsOf(onTwo('rename', 'open/file', 'open/folder-link/file'))).toEqual([
      'open/file',
      'open/folder-link/file',
      'secret/file',
    ]);
  });

  test('a hard link to a link may be one to what it leads to', async () => {
    const { pathsOf } = await furnished();
    const raw = encodeExtended({
      kind: 'hardlink',
      id,
      first: Buffer.from('open/key-link'),
      second: Buffer.from('open/new'),
    });
    expect(await pathsOf(raw)).toEqual(['open/key-link', 'secret/key', 'open/new']);
  });

  test('a symbolic link names its target from its own folder, in either order', async () => {
    const { pathsOf, at } = await furnished();
    const target = '../secret/key';
    expect(await pathsOf(onTwo('symlink', target, at('open/new')))).toContain('secret/key');
    expect(await pathsOf(onTwo('symlink', at('open/new'), target))).toContain('secret/key');
    expect(await pathsOf(onTwo('symlink', target, at('open/new')))).toContain('open/new');
  });

  test('links made and used in one breath are seen', async () => {
    const { client, asked, at } = await furnished(false);
    client.send(onTwo('symlink', at('secret'), at('open/sudden')), open('open/sudden/key', 1, 2));
    await client.next();
    await client.next();
    expect(asked.at(-1)?.paths).toContain(at('secret/key'));
  });

  test('a path that leads elsewhere after a long decision is not used', async () => {
    const swap = { do: () => {} };
    const made = decisions(async () => {
      swap.do();
      await new Promise((resolve) => setTimeout(resolve, 80));
      return null;
    });
    const { client, folder, settled } = await withServer(made);
    writeFileSync(path.join(folder, 'secret'), 'secret');
    writeFileSync(path.join(folder, 'file'), 'file');
    swap.do = () => {
      rmSync(path.join(folder, 'file'));
      symlinkSync('secret', path.join(folder, 'file'));
    };
    expect(await client.refused(open('file', 1))).toMatch(/^3 .*changed/);
    expect(settled).toMatchObject([{ outcome: 'failed' }]);
  });

  test('a path that stays what it is may be decided slowly', async () => {
    const slow = () => new Promise<null>((resolve) => setTimeout(resolve, 80, null));
    const { client, folder } = await withServer(decisions(slow));
    writeFileSync(path.join(folder, 'file'), 'file');
    linkSync(path.join(folder, 'file'), path.join(folder, 'again'));
    await client.open('file', 1);
    renameSync(path.join(folder, 'file'), path.join(folder, 'moved'));
    await client.open('again', 1);
  });
});

describeWith(['sftp-server'], 'SFTP actions', () => {
  test('an open says what it does, and is decided as reading too where it reads', async () => {
    const { client, asked, folder } = await withServer(decisions(() => 'no'));
    const file = path.join(folder, 'file');
    const said = async (flags: number) => {
      await client.ask(open('file', flags));
      const last = asked.at(-1);
      return [last?.kind, last?.kinds.join(), last?.input, last?.summary.replace(file, 'F')];
    };
    expect(await said(0)).toEqual(['sftp_read', 'sftp_read', false, 'read F']);
    expect(await said(0x01)).toEqual(['sftp_read', 'sftp_read', false, 'read F']);
    expect(await said(0x1a)).toEqual([
      'sftp_write',
      'sftp_write',
      true,
      'write F (create, truncate)',
    ]);
    expect(await said(0x03)).toEqual([
      'sftp_write',
      'sftp_write,sftp_read',
      true,
      'read and write F',
    ]);
    expect(await said(0x11)).toEqual([
      'sftp_write',
      'sftp_write,sftp_read',
      false,
      'read and write F (truncate)',
    ]);
    expect(await said(0x8000_0002)).toEqual([
      'sftp_write',
      'sftp_write',
      true,
      'write F (flags 0x80000000)',
    ]);
  });

  test('the digest sees raw bytes, flags and attributes, and no request id', async () => {
    const { client, asked } = await withServer(decisions(() => 'no'));
    const path = Buffer.from([0x66, 0xff, 0xfe]);
    for (const id of [1, 2]) await client.ask(encodeOnePath({ kind: 'stat', id, path }));
    expect(asked[0]?.action).toEqual({ packet: 'stat', path: path.toString('base64') });
    expect(asked[1]?.action).toEqual(asked[0]?.action);
    await client.ask(open('x', 0x1a));
    expect(asked[2]?.action).toMatchObject({ packet: 'open', flags: 0x1a, attributes: {} });
  });
});

describe('SFTP path bytes', () => {
  test('a normalised path never holds `..`, and never leaves the root', () => {
    const hostile = fc
      .array(fc.constantFrom('..', '.', '', 'a', '..\uff0f', '\u202e'), { maxLength: 12 })
      .map((parts) => Buffer.from(parts.join('/')));
    fc.assert(
      fc.property(fc.oneof(hostile, pathBytes), pathBytes, (name, home) => {
        const text = absoluteText(Buffer.concat([Buffer.from('/'), home]), name);
        expect(text.startsWith('/')).toBe(true);
        expect(text.split('/').slice(1)).not.toContain('..');
      }),
    );
  });

  test('a name joined to its parent is the path again', () => {
    fc.assert(
      fc.property(pathBytes, (bytes) => {
        const absolute = Buffer.concat([Buffer.from('/'), bytes]);
        const named = namedIn(absolute);
        fc.pre(named !== null);
        const again = Buffer.concat([named.parent, Buffer.from('/'), named.name]);
        expect(normalText(again)).toBe(normalText(absolute));
      }),
    );
  });
});

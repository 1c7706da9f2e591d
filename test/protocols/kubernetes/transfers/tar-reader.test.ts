import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TransferNote } from '../../../../src/core/transfer-reader.ts';
import { readTarCommand } from '../../../../src/protocols/kubernetes/transfers/tar-command.ts';
import { TarReader } from '../../../../src/protocols/kubernetes/transfers/tar-reader.ts';
import { bytes, sizes, splitAt } from '../../ssh/wire/splits.ts';

const sha256 = (contents: string | Buffer) => createHash('sha256').update(contents).digest('hex');
const end = Buffer.alloc(1024);

function readerOf(...words: readonly string[]): TarReader {
  const command = readTarCommand(words);
  if (command === null) throw new Error(`${words.join(' ')} is none of kubectl cp`);
  return new TarReader(command);
}

/** What is found in what goes in, cut to pieces of these sizes. */
function read(archive: Buffer, cuts: readonly number[] = [1 << 20], folder = '/srv') {
  const reader = readerOf('tar', '-xmf', '-', '-C', folder);
  const notes: TransferNote[] = splitAt(archive, cuts).flatMap((piece) => [...reader.input(piece)]);
  const all = [...notes, ...reader.ended(0)];
  const files = all.flatMap((note) => (note.kind === 'file' ? [note.file] : []));
  return { files, gaveUp: reader.gaveUp };
}

/** A member of an archive, as a hostile peer would write it. */
function member(
  name: string,
  contents: Buffer | string,
  more: { type?: string; size?: string } = {},
) {
  const body = Buffer.from(contents);
  const { type = '0', size = body.length.toString(8).padStart(11, '0') } = more;
  const head = Buffer.alloc(512);
  head.write(name.slice(0, 100), 0);
  head.write('0000644\0', 100);
  head.write(size, 124, 'latin1');
  head.write('        ', 148);
  head.write(type, 156);
  head.write('ustar\x0000', 257);
  const sum = head.reduce((total, byte) => total + byte, 0);
  head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([head, body, Buffer.alloc(-body.length & 511)]);
}

const pax = (key: string, value: string) => {
  const tail = ` ${key}=${value}\n`;
  let length = tail.length;
  while (`${length}${tail}`.length !== length) length = `${length}${tail}`.length;
  return `${length}${tail}`;
};

describe('what runs a program, or is none of kubectl cp, is read by nobody', () => {
  test.each([
    [['tar', 'cf', '-', '--to-command=id', '/x']],
    [['tar', 'cf', '-', '--checkpoint-action=exec=id', '/x']],
    [['tar', '-I', 'id', '-cf', '-', '/x']],
    [['tar', 'xf', '/x', '-C', '/y']],
    [['tar', 'xf', '-', '-C']],
    [['tar', 'xf', '-', '-C', '/y', '-P']],
    [['tar', 'cf', '-']],
    [['tar', 'tf', '-']],
    [['tar']],
    [[]],
    [['sh', '-c', 'tar cf - /x; id | tail -c+0']],
    [['sh', '-c', 'tar cf - $(id) | tail -c+0']],
    [['sh', '-c', 'tar cf - --help | tail -c+0']],
    [['sh', '-c', 'tar cf - /x | tail -c+0', 'more']],
    [['cat', '/x']],
  ])('%j', (words) => {
    expect(readTarCommand(words)).toBeNull();
  });
});

describe('what cannot be read any more ends the reading, and says so', () => {
  const one = member('one', 'abc');
  test.each<[string, Buffer, string]>([
    ['no archive', Buffer.alloc(600, 'x'), 'it is no tar archive'],
    ['a size that is none', member('one', '', { size: 'zzz' }), 'it is no tar archive'],
    ['a size below zero', member('one', '', { size: '\xff'.repeat(12) }), 'it is no tar archive'],
    [
      'a file with holes',
      member('one', 'abc', { type: 'S' }),
      'it has files in parts, or with holes',
    ],
    [
      'a file with holes as pax has it',
      Buffer.concat([member('x', pax('GNU.sparse.name', 'real'), { type: 'x' }), one]),
      'it has files in parts, or with holes',
    ],
    [
      'a name for all that follows',
      Buffer.concat([member('x', pax('path', 'other'), { type: 'g' }), one]),
      'a header names all files at once',
    ],
    [
      'a header of nonsense',
      member('x', '99 path=a\n', { type: 'x' }),
      'a header of it makes no sense',
    ],
    [
      'an endless header',
      member('x', '', { type: 'L', size: (2 ** 31).toString(8) }),
      'a header of it is too long',
    ],
    [
      'what follows the end',
      Buffer.concat([one, end, one]),
      'something follows the end of the archive',
    ],
    ['nothing at all', Buffer.alloc(0), 'no archive came'],
    ['half a header', one.subarray(0, 100), 'the archive broke off'],
    ['no end', one, 'the archive broke off'],
  ])('%s', (_name, archive, why) => {
    expect(read(archive).gaveUp).toBe(why);
    expect(read(archive, [1]).gaveUp).toBe(why);
  });

  test('a second try, which begins in the middle', () => {
    const reader = readerOf('sh', '-c', 'tar cf - /x | tail -c+1000');
    expect(reader.output(Buffer.from('planted'))).toEqual([]);
    expect(reader.gaveUp).toBe('it goes on in the middle of an archive');
  });

  test('a tar that prints something else has printed it', () => {
    expect(readerOf('tar', 'cf', '-', '/x').output(Buffer.alloc(600, 'x'))).toBeNull();
    expect(readerOf('tar', 'xf', '-').output(Buffer.from('x'))).toBeNull();
  });
});

test('where tar fails, nobody knows which files it took', () => {
  const reader = readerOf('tar', 'xf', '-');
  expect(reader.input(Buffer.concat([member('one', 'abc'), end]))).toHaveLength(1);
  expect(reader.ended(2)).toEqual([]);
  expect(reader.gaveUp).toBe('tar failed, and does not say which of them it took');
});

test('a file that is cut off is incomplete', () => {
  const { files, gaveUp } = read(member('one', 'abc').subarray(0, 514));
  expect(files).toMatchObject([{ path: '/srv/one', bytes: 2, problem: 'incomplete' }]);
  expect(files[0]?.sha256).toBe(sha256('ab'));
  expect(gaveUp).toBe('the archive broke off');
});

test('a file behind one block of zeros is found: some programs unpack it', () => {
  const zeros = Buffer.alloc(512);
  const archive = [zeros, member('one', 'abc'), zeros, member('two', 'abc'), end];
  const { files, gaveUp } = read(Buffer.concat(archive));
  expect(files.map((file) => file.path)).toEqual(['/srv/one', '/srv/two']);
  expect(gaveUp).toBeNull();
});

test('links have no contents, whatever their size says', () => {
  const link = member('link', '', { type: '1', size: '00000001000' });
  const { files, gaveUp } = read(Buffer.concat([link, member('one', 'abc'), end]));
  expect(files.map((file) => file.path)).toEqual(['/srv/one']);
  expect(gaveUp).toBeNull();
});

test.each([
  ['in octal', '100000000003'],
  ['in binary', Buffer.from([0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 3]).toString('latin1')],
])('a file of more than 4 GiB is as long as its header says, %s', (_how, size) => {
  const { files } = read(Buffer.concat([member('big', '', { size }), Buffer.from('abc'), end]));
  expect(files).toMatchObject([{ path: '/srv/big', bytes: 3 + end.length, problem: 'incomplete' }]);
});

test('a size in an extended header is the one that counts', () => {
  const header = member('x', pax('size', '3'), { type: 'x' });
  const file = member('one', 'abc', { size: '00000000000' });
  const { files, gaveUp } = read(Buffer.concat([header, file, end]));
  expect(files).toMatchObject([{ bytes: 3, sha256: sha256('abc') }]);
  expect(gaveUp).toBeNull();
});

describe('real archives', () => {
  let folder = '';
  const contents = new Map<string, string>();
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'hoopx-tar-'));
    const deep = `${'long-'.repeat(18)}/${'name-'.repeat(30)}`;
    const names = ['plain', 'with space', 'new\nline', 'ünïcode', 'empty', deep];
    for (const name of names) {
      const file = path.join(folder, 'tree', name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, name === 'empty' ? '' : `of ${name}`.repeat(300));
      contents.set(`tree/${name}`, name === 'empty' ? '' : `of ${name}`.repeat(300));
    }
    symlinkSync('plain', path.join(folder, 'tree', 'link'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const expected = (prefix: string) =>
    new Map([...contents].map(([name, text]) => [`${prefix}${name}`, sha256(text)]));

  test.each(['gnu', 'pax', 'posix', 'oldgnu'])('of the format %s', (format) => {
    const archive = execFileSync('tar', ['-C', folder, `--format=${format}`, '-cf', '-', 'tree']);
    for (const cuts of [[1 << 20], [1], [511, 3, 1000]]) {
      const { files, gaveUp } = read(archive, cuts);
      expect(gaveUp).toBeNull();
      expect(new Map(files.map((file) => [file.path, file.sha256]))).toEqual(expected('/srv/'));
      expect(files.every(({ problem }) => problem === undefined)).toBe(true);
    }
  });

  test('that come out have the paths that were asked for', () => {
    const tree = path.join(folder, 'tree');
    const reader = readerOf('tar', 'cf', '-', tree);
    const archive = execFileSync('tar', ['cf', '-', tree], { stdio: ['ignore', 'pipe', 'ignore'] });
    const notes = reader.output(archive) ?? [];
    const files = notes.flatMap((note) => (note.kind === 'file' ? [note.file] : []));
    expect(new Map(files.map((file) => [file.path, file.sha256]))).toEqual(expected(`${folder}/`));
    expect(files.every(({ direction }) => direction === 'download')).toBe(true);
  });
});

const name = fc.string({ minLength: 1, maxLength: 20 }).filter((text) => !/[\0/]/.test(text));

test('wherever the bytes are cut, the files are the same', () => {
  const members = fc.array(fc.record({ name, contents: bytes(1500) }), { maxLength: 4 });
  const property = fc.property(members, sizes, (all, cuts) => {
    const archive = Buffer.concat([...all.map((each) => member(each.name, each.contents)), end]);
    const { files, gaveUp } = read(archive, cuts);
    expect(gaveUp).toBeNull();
    expect(files.map((file) => [file.path, file.sha256])).toEqual(
      all.map((each) => [`/srv/${each.name}`, sha256(each.contents)]),
    );
  });
  fc.assert(property);
});

test('whatever comes, nothing throws, and what is found is no longer than that', () => {
  const block = fc.oneof(
    bytes(600),
    fc.constant(end),
    fc
      .record({ name, contents: bytes(40), type: fc.constantFrom(...'0157LKxgSV') })
      .map((each) => member(each.name, each.contents, { type: each.type })),
  );
  const property = fc.property(fc.array(block, { maxLength: 8 }), sizes, (blocks, cuts) => {
    const archive = Buffer.concat(blocks);
    const { files } = read(archive, cuts);
    expect(files.reduce((sum, each) => sum + each.bytes, 0)).toBeLessThanOrEqual(archive.length);
    expect(files.length * 512).toBeLessThanOrEqual(archive.length);
  });
  fc.assert(property, { numRuns: 500 });
});

import { describe, expect, test } from 'vitest';
import { RsyncReader } from '../../../../../src/protocols/ssh/transfers/rsync/rsync-reader.ts';
import {
  abilities,
  contents,
  entry,
  frame,
  greeting,
  int32,
  listEnd,
  uint16,
  varint,
  vstring,
  words,
} from './bytes-of-rsync.ts';

const push = words('--server', '-re.LsfxCIvu', '.', '/target/');

/** Both have agreed, and the client sends. */
function agreed(): RsyncReader {
  const reader = new RsyncReader(push);
  const [version, checksums] = greeting.client;
  reader.input(version);
  for (const bytes of greeting.server) reader.output(bytes);
  reader.input(checksums);
  reader.output(greeting.seed);
  expect(reader.gaveUp).toBeNull();
  return reader;
}

function sent(...parts: readonly Buffer[]) {
  const reader = agreed();
  const notes = reader.input(frame(Buffer.concat(parts)));
  return { reader, notes, gaveUp: reader.gaveUp };
}

describe('what is not understood', () => {
  test.each([
    ['-A', '-Are.LsfxCIvu'],
    ['-X', '-Xre.LsfxCIvu'],
    ['--iconv', '--iconv=utf8'],
    ['--no-such', '--no-such'],
    ['-eV', '-re.LsfxCIVvu'],
    ['--copy-devices', '--copy-devices'],
  ])('the option %s', (option, word) => {
    const reader = new RsyncReader(words('--server', word, '.', '/target'));
    expect(reader.gaveUp).toBe(`the option ${option}`);
    expect(reader.input(int32(32))).toEqual([]);
  });

  test('an expansion among the options, and paths where none can be', () => {
    const option = { text: '--timeout=$X', exact: null };
    const reader = new RsyncReader([...words('--server'), option, ...words('.', '/target')]);
    expect(reader.gaveUp).toBe('an expansion among the options');
    expect(new RsyncReader(words('--server', '/target')).gaveUp).toBe(
      'no dot in front of the paths',
    );
  });

  test.each([29, 33, 0, -1])('version %i of the protocol', (version) => {
    const reader = new RsyncReader(push);
    reader.input(int32(version));
    reader.output(Buffer.concat([int32(version), Buffer.from('more')]));
    expect(reader.gaveUp).toBe(`version ${version} of the protocol`);
  });

  test('words before the protocol: a shell that says hello', () => {
    const reader = new RsyncReader(push);
    reader.input(int32(32));
    reader.output(Buffer.from('Welcome to this machine\n'));
    expect(reader.gaveUp).toMatch(/^version \d+ of the protocol$/);
  });

  test('an ability that no rsync has yet', () => {
    const reader = new RsyncReader(push);
    reader.input(int32(32));
    reader.output(Buffer.concat([int32(32), varint(0x3fe)]));
    expect(reader.gaveUp).toBe('an ability of the server');
  });

  test('checksums that the two do not share, or that nobody knows', () => {
    for (const [mine, why] of [
      ['sha1', 'no agreement on checksums'],
      ['crc', 'its kind of checksum'],
    ] as const) {
      const reader = new RsyncReader(push);
      reader.input(int32(32));
      reader.output(Buffer.concat([int32(32), abilities, vstring('md5 crc')]));
      reader.input(vstring(mine));
      reader.output(greeting.seed);
      reader.input(frame(listEnd));
      expect(reader.gaveUp).toBe(why);
    }
  });

  test('an end that does not wait for the other one: nothing is kept for later', () => {
    const reader = new RsyncReader(push);
    reader.input(Buffer.concat([int32(32), vstring('md5')]));
    expect(reader.gaveUp).toBe('one end goes on by itself');
  });

  test('a message of a kind that is not known', () => {
    const reader = agreed();
    reader.output(frame(Buffer.from('?'), 77));
    expect(reader.gaveUp).toBe('a message of kind 77');
  });

  test.each<[string, readonly Buffer[]]>([
    ['a number is too long', [Buffer.from([0xff])]],
    ['a flag of a file in a list', [Buffer.from([0xc0, 0, 0x80])]],
    ['the length of a name in a list', [varint(0x21), Buffer.from([9, 1])]],
    ['the length of a name in a list', [varint(0x41), Buffer.from([0xf0, 0xff, 0xff, 0xff, 0x7f])]],
    ['a name in a list', [varint(1), Buffer.from([0])]],
    ['a name in a list', [entry('a\0b')]],
    ['a hard link in a list', [varint(0x201), Buffer.from([1]), Buffer.from('a'), varint(5)]],
    ['an index of a file', [listEnd, Buffer.from([0xff, 1])]],
    [
      'contents of what is no file of a list',
      [entry('a'), listEnd, Buffer.from([9]), uint16(0x8000)],
    ],
    ['contents of what is no file of a list', [entry('a', 1, 0o40755), listEnd, contents(1, 'x')]],
    [
      'the blocks of a file',
      [entry('a'), listEnd, Buffer.from([1]), uint16(0x8000), int32(-1), ...[0, 0, 0].map(int32)],
    ],
    [
      'the blocks of a file',
      [
        entry('a'),
        listEnd,
        Buffer.from([1]),
        uint16(0x8000),
        int32(1),
        int32(1 << 20),
        int32(2),
        int32(0),
      ],
    ],
  ])('%s', (why, parts) => {
    expect(sent(...parts).gaveUp).toBe(why);
  });

  test('the same file a third time: what is recorded stays less than what was sent', () => {
    const again = Buffer.from([0xfe, 0, 0]);
    const repeated = Buffer.concat([again, contents(1, 'x').subarray(1)]);
    const { gaveUp, notes } = sent(entry('a'), listEnd, contents(1, 'x'), repeated, repeated);
    expect(gaveUp).toBe('contents of the same file once more');
    expect(notes).toHaveLength(2);
  });

  test('more names than are kept', () => {
    const reader = agreed();
    const many = frame(Buffer.concat(Array.from({ length: 1024 }, () => entry('a'))));
    for (let times = 0; times < 64; times += 1) {
      expect(reader.gaveUp).toBeNull();
      reader.input(many);
    }
    reader.input(many);
    expect(reader.gaveUp).toBe('more than 65536 names at one time');
  });

  test('more bytes of names than are kept', () => {
    const reader = agreed();
    const long = frame(Buffer.concat(Array.from({ length: 64 }, () => entry('n'.repeat(255)))));
    for (let times = 0; times < 300; times += 1) reader.input(long);
    expect(reader.gaveUp).toBe('more than 65536 names at one time');
  });

  test('more words than a command has', () => {
    const reader = new RsyncReader(words('--server', '-sre.LsfxCIvu'));
    reader.input(Buffer.alloc(70_000, 'w'));
    expect(reader.gaveUp).toBe('too many words');
  });

  test('behind that it reads nothing, and a file that had begun is not whole', () => {
    const reader = agreed();
    const head = Buffer.concat([entry('a', 9), listEnd, contents(1, '123456789')]);
    reader.input(frame(head.subarray(0, -24)));
    const notes = reader.input(frame(Buffer.from('?'), 77));
    expect(notes).toEqual([
      {
        kind: 'file',
        file: {
          path: '/target/a',
          direction: 'upload',
          bytes: 5,
          sha256: null,
          problem: 'incomplete',
        },
      },
    ]);
    expect(reader.input(frame(contents(1, 'x')))).toEqual([]);
    expect(reader.ended()).toEqual([]);
  });

  test('what these bytes are, when they are sound', () => {
    const { notes, gaveUp } = sent(
      entry('b/a'),
      entry('a', 5),
      listEnd,
      contents(1, 'abcde'),
      contents(1, ''),
    );
    expect(gaveUp).toBeNull();
    expect(
      notes.map((note) => (note.kind === 'file' ? [note.file.path, note.file.bytes] : [])),
    ).toEqual([
      ['/target/a', 5],
      ['/target/b/a', 0],
    ]);
  });
});

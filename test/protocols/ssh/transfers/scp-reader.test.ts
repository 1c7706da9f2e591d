import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nothingFound, type TransferNote } from '../../../../src/core/transfer-reader.ts';
import { readCommand } from '../../../../src/protocols/ssh/shell/read-command.ts';
import { transferReaderOf } from '../../../../src/protocols/ssh/transfers/transfer-reader-of.ts';
import { bytes, sizes, splitAt } from '../wire/splits.ts';

/** `>` is the end that has the files, `<` the one that gets them. */
type Said = readonly ['>' | '<', string | Buffer];

const ok: Said = ['<', '\0'];
const sha256 = (text: string | Buffer) => createHash('sha256').update(text).digest('hex');

function readerOf(command: string) {
  const reader = transferReaderOf(readCommand(command));
  if (reader === null) throw new Error('that is no scp');
  const source = command.includes(' -f') ? 'output' : 'input';
  const sink = source === 'input' ? 'output' : 'input';
  return { reader, said: { '>': source, '<': sink } as const };
}

/** What is found in it, message by message, each cut to pieces of these sizes. */
function read(command: string, dialogue: readonly Said[], cuts: readonly number[] = [1 << 20]) {
  const { reader, said } = readerOf(command);
  const notes: TransferNote[] = [];
  for (const [from, what] of dialogue) {
    for (const piece of splitAt(Buffer.from(what), cuts)) {
      notes.push(...(reader[said[from]](piece) ?? nothingFound));
    }
  }
  const last = reader.ended(0);
  const files = [...notes, ...last].flatMap((note) => (note.kind === 'file' ? [note.file] : []));
  const texts = notes.flatMap((note) => (note.kind === 'said' ? [note.text] : []));
  return { files, texts, gaveUp: reader.gaveUp };
}

describe('a file that did not arrive is not told as if it had', () => {
  test('refused when it was named, and the next one is read all the same', () => {
    const { files, gaveUp } = read('scp -d -t /srv', [
      ok,
      ['>', 'C0644 5 one\n'],
      ['<', '\x01scp: /srv/one: Permission denied\n'],
      ['>', 'C0644 3 two\n'],
      ok,
      ['>', 'abc\0'],
      ok,
    ]);
    const message = 'scp: /srv/one: Permission denied';
    const upload = 'upload';
    expect(files).toEqual([
      { path: '/srv/one', direction: upload, bytes: 0, sha256: null, problem: 'refused', message },
      { path: '/srv/two', direction: upload, bytes: 3, sha256: sha256('abc') },
    ]);
    expect(gaveUp).toBeNull();
  });

  test('not kept by the end that got it', () => {
    const { files } = read('scp -t /srv/', [
      ok,
      ['>', 'C0644 3 one\n'],
      ok,
      ['>', 'abc\0'],
      ['<', '\x01scp: /srv/one: No space left on device\n'],
    ]);
    const message = 'scp: /srv/one: No space left on device';
    expect(files).toMatchObject([{ bytes: 3, sha256: sha256('abc'), problem: 'refused', message }]);
  });

  test('not read to its end by the one that has it', () => {
    const { files } = read('scp -f /srv/one', [
      ok,
      ['>', 'C0644 3 one\n'],
      ok,
      ['>', 'ab\0\x01scp: /srv/one: Input/output error\n'],
      ok,
    ]);
    const message = 'scp: /srv/one: Input/output error';
    expect(files).toMatchObject([
      { path: '/srv/one', direction: 'download', bytes: 3, problem: 'refused', message },
    ]);
  });

  test('cut off in the middle, or before it was answered', () => {
    const begun: Said[] = [ok, ['>', 'C0644 3 one\n'], ok];
    expect(read('scp -t /srv/', [...begun, ['>', 'ab']]).files).toMatchObject([
      { path: '/srv/one', bytes: 2, sha256: sha256('ab'), problem: 'incomplete' },
    ]);
    expect(read('scp -t /srv/', begun).files).toMatchObject([
      { bytes: 0, sha256: null, problem: 'incomplete' },
    ]);
    expect(read('scp -t /srv/', [...begun, ['>', 'abc\0']]).files).toMatchObject([
      { bytes: 3, sha256: sha256('abc'), problem: 'unanswered' },
    ]);
  });
});

describe('what cannot be read any more ends the reading, and says so', () => {
  const begun: Said[] = [ok, ['>', 'C0644 3 one\n'], ok];
  test.each<[string, readonly Said[], string]>([
    ['more than was announced', [...begun, ['>', 'abcd']], 'it says what no scp says'],
    ['no record', [ok, ['>', 'X']], 'it says what no scp says'],
    ['a size that is none', [ok, ['>', 'C0644 -3 one\n']], 'it says what no scp says'],
    ['no name', [ok, ['>', 'C0644 3 \n']], 'it says what no scp says'],
    ['an endless name', [ok, ['>', `C0644 3 ${'x'.repeat(20_000)}`]], 'a line of it is too long'],
    ['an endless answer', [['<', `\x01${'x'.repeat(3000)}`]], 'an answer is too long'],
    ['a greeting of the shell', [['<', 'Welcome!\n']], 'an answer is none that scp gives'],
    ['half a record', [ok, ['>', 'C0644 3']], 'it broke off in a line'],
    ['folders without end', [ok, ['>', 'D0755 0 a\n'.repeat(300)]], 'it waits for no answers'],
    [
      'folders that lie too deep',
      Array.from({ length: 30 }, (): Said[] => [ok, ['>', `D0755 0 ${'x'.repeat(2000)}\n`]]).flat(),
      'folders lie too deep',
    ],
    [
      'what was sent although it was refused',
      [ok, ['>', 'C0644 3 one\nabc\0'], ['<', '\x01scp: no\n']],
      'it went on before it was told no',
    ],
    [
      'a file named behind one that was refused later',
      [ok, ['>', 'D0755 0 one\nC0644 3 two\n'], ['<', '\x01scp: no\n']],
      'it went on before it was told no',
    ],
    [
      'answers out of step',
      [ok, ['<', '\x01scp: set times: no\n'], ['>', 'C0644 3 one\n']],
      'answers came that nothing had asked for',
    ],
  ])('%s', (_name, dialogue, why) => {
    const { gaveUp, files } = read('scp -r -t /srv/', dialogue);
    expect(gaveUp).toBe(why);
    for (const file of files) expect(file.problem).toBeDefined();
  });

  test('who is no scp has printed something, which is kept as such', () => {
    expect(readerOf('scp -t /srv').reader.output(Buffer.from('Welcome!\n'))).toBeNull();
    const { reader } = readerOf('scp -f /srv/one');
    expect(reader.output(Buffer.from('C0644 3 one\n'))).toEqual([]);
    expect(reader.output(Buffer.from('planted'))).not.toBeNull();
    expect(reader.gaveUp).not.toBeNull();
  });

  test('a message behind the last answer is kept, and nothing is lost by it', () => {
    const { texts, gaveUp } = read('scp -t x', [ok, ['>', 'E\n'], ok, ['<', '\x01scp: times\n']]);
    expect({ texts, gaveUp }).toEqual({ texts: ['scp: times'], gaveUp: null });
  });
});

describe('where a file is', () => {
  const one: Said[] = [ok, ['>', 'C0644 0 one\n'], ok, ['>', '\0'], ok];
  const nested: Said[] = [
    ...[ok, ['>', 'T1 0 1 0\n'] as const, ok, ['>', 'D0755 0 top\n'] as const, ok],
    ...[['>', 'D0755 0 in\n'] as const, ok, ['>', 'C0644 0 one\n'] as const, ok],
    ...[['>', '\0'] as const, ok, ['>', 'E\n'] as const, ok],
    ...[['>', 'C0644 0 two\n'] as const, ok, ['>', '\0'] as const, ok, ['>', 'E\n'] as const, ok],
  ];
  test.each<[string, readonly Said[], readonly { path: string; name?: string }[]]>([
    ['scp -t /srv/', one, [{ path: '/srv/one' }]],
    ['scp -t .', one, [{ path: './one' }]],
    ['scp -t ~', one, [{ path: '~/one' }]],
    ['scp -d -t /', one, [{ path: '/one' }]],
    ['scp -t /srv/x', one, [{ path: '/srv/x', name: 'one' }]],
    ['scp -r -d -t /srv', nested, [{ path: '/srv/top/in/one' }, { path: '/srv/top/two' }]],
    [
      'scp -r -t /srv',
      nested,
      [
        { path: '/srv', name: 'top/in/one' },
        { path: '/srv', name: 'top/two' },
      ],
    ],
    ["scp -f '/a b/one'", one, [{ path: '/a b/one' }]],
    ['scp -f /a/o*', one, [{ path: '/a/one' }]],
    ['scp -f o*', one, [{ path: 'one' }]],
    ['scp -f /*/one', one, [{ path: '/*/one' }]],
    ['scp -f /*/o*', one, [{ path: '/*/o*', name: 'one' }]],
    ['scp -f /x/one /x/two', one, [{ path: '/x/one' }]],
    ['scp -r -f /srv/top/', nested, [{ path: '/srv/top/in/one' }, { path: '/srv/top/two' }]],
    ['scp -r -f /srv/t*', nested, [{ path: '/srv/top/in/one' }, { path: '/srv/top/two' }]],
  ])('%s', (command, dialogue, places) => {
    const { files, gaveUp } = read(command, dialogue);
    expect(gaveUp).toBeNull();
    expect(files.map(({ path, name }) => (name === undefined ? { path } : { path, name }))).toEqual(
      places,
    );
  });

  test('names are taken as they are: spaces, controls, what is no UTF-8', () => {
    const name = Buffer.from('C0644 0  a\x1b[31m\\^J\xff \n', 'latin1');
    const { files } = read('scp -d -t /srv', [ok, ['>', name], ok, ['>', '\0'], ok]);
    expect(files).toMatchObject([{ path: '/srv/ a\x1b[31m\\^J\ufffd ', sha256: sha256('') }]);
  });
});

test('a client that waits for no answer is read as one that does', () => {
  const { files, gaveUp } = read('scp -t /srv/', [
    ['>', 'C0644 3 one\nabc\0'],
    ['<', '\0\0\0'],
  ]);
  expect({ files, gaveUp }).toEqual({
    files: [{ path: '/srv/one', direction: 'upload', bytes: 3, sha256: sha256('abc') }],
    gaveUp: null,
  });
});

test('a file of more than 4 GiB is as long as its record says', () => {
  const announced: Said = ['>', `C0644 ${2 ** 32 + 3} big\n`];
  const { files, gaveUp } = read('scp -t /srv/', [ok, announced, ok, ['>', 'abc\0E\n']]);
  expect(gaveUp).toBeNull();
  expect(files).toMatchObject([{ path: '/srv/big', bytes: 6, problem: 'incomplete' }]);
});

const name = fc.string({ minLength: 1, maxLength: 8 }).filter((text) => !/[\n\0]/.test(text));
const file = fc.record({ name, contents: bytes(60) });
const transfer = fc.array(fc.oneof(file, fc.record({ folder: name, files: fc.array(file) })));

function sending({ name: called, contents }: { name: string; contents: Buffer }): Said[] {
  const record: Said = ['>', `C0644 ${contents.length} ${called}\n`];
  return [record, ok, ['>', contents], ['>', '\0'], ok];
}

test('wherever the bytes are cut, the files are the same', () => {
  const property = fc.property(transfer, sizes, fc.boolean(), (items, cuts, up) => {
    const dialogue = items.flatMap((item): Said[] => {
      if (!('folder' in item)) return sending(item);
      const inside = item.files.flatMap(sending);
      return [['>', `D0755 0 ${item.folder}\n`], ok, ...inside, ['>', 'E\n'], ok];
    });
    const command = up ? 'scp -r -d -t /srv' : 'scp -r -f /srv/*';
    const whole = read(command, [ok, ...dialogue]);
    const all = items.flatMap((item) =>
      'folder' in item
        ? item.files.map((each) => ({ ...each, name: `${item.folder}/${each.name}` }))
        : [item],
    );
    expect(whole.files.map(({ path, sha256: digest }) => [path, digest])).toEqual(
      all.map((each) => [`/srv/${each.name}`, sha256(each.contents)]),
    );
    expect(read(command, [ok, ...dialogue], cuts)).toEqual(whole);
  });
  fc.assert(property);
});

test('whatever both ends say, nothing throws, and what is found is no longer than that', () => {
  const word = fc.oneof(
    bytes(30),
    fc.constantFrom('\0', '\x01no\n', '\x02', 'C0644 3 a\n', 'D0755 0 b\n', 'E\n', 'T\n', 'abc'),
  );
  const said = fc.tuple(fc.constantFrom('>' as const, '<' as const), word);
  const property = fc.property(fc.array(said, { maxLength: 40 }), (dialogue) => {
    const { files, texts } = read('scp -r -t /srv/', dialogue);
    const length = dialogue.reduce((sum, [, what]) => sum + what.length, 0);
    expect(files.reduce((sum, each) => sum + each.bytes, 0)).toBeLessThanOrEqual(length);
    expect(texts.join('').length + files.length).toBeLessThanOrEqual(length);
  });
  fc.assert(property, { numRuns: 2000 });
});

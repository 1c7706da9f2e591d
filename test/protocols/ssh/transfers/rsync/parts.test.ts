import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { describeWith } from '../../../../peers/require-peer.ts';
import { filesOf, readRun, Sandbox } from './real-rsync.ts';

describeWith(['rsync'], 'what the real rsync sends of files', () => {
  let box: Sandbox;
  let source = '';
  let target = '';
  let counter = 0;

  beforeAll(async () => {
    box = await Sandbox.open();
  });
  afterAll(() => box[Symbol.asyncDispose]());
  beforeEach(() => {
    counter += 1;
    source = box.path(`${counter}`, 'source');
    target = box.path(`${counter}`, 'target');
  });

  async function put(folder: string, files: Readonly<Record<string, string | Buffer>>) {
    for (const [name, contents] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
      await writeFile(path.join(folder, name), contents);
    }
  }

  async function files(...args: string[]) {
    const run = await box.rsync(...args);
    expect([run.code, run.talk]).toEqual([0, expect.any(String)]);
    const reading = readRun(run);
    expect(reading.gaveUp).toBeNull();
    return filesOf(reading);
  }

  /** Does not compress, and no two parts are alike. */
  function noise(bytes: number): Buffer {
    const blocks = Array.from({ length: Math.ceil(bytes / 32) }, (_, at) =>
      createHash('sha256').update(`${at}`).digest(),
    );
    return Buffer.concat(blocks).subarray(0, bytes);
  }

  const digest = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');

  test('nothing: a dry run, a list, what is up to date', async () => {
    await put(source, { a: 'one', 'b/c': 'two' });
    await put(target, { a: 'older' });
    expect(await files('-an', `${source}/`, `host:${target}`)).toEqual([]);
    expect(await files('-anc', `host:${source}/`, target)).toEqual([]);
    expect(await files('-a', '--list-only', `host:${source}/`)).toEqual([]);
    expect(await files(`host:${source}/`)).toEqual([]);
    expect(await files('-a', `${source}/`, `host:${target}`)).toHaveLength(2);
    expect(await files('-a', `${source}/`, `host:${target}`)).toEqual([]);
    expect(await files('-a', `host:${target}/`, source)).toEqual([]);
  });

  test.each(['zstd', 'lz4', 'zlibx', 'zlib', null])(
    'compressed: sizes, no digests (%s)',
    async (choice) => {
      const options = choice === null ? ['-az'] : ['-az', `--compress-choice=${choice}`];
      const big = Buffer.concat([noise(200_000), Buffer.alloc(300_000, 'x')]);
      await put(source, { a: 'one', big, zero: '', 'c/d.gz': noise(70_000) });
      const places = (root: string) => [
        `${root}/a 3 none`,
        `${root}/big 500000 none`,
        `${root}/c/d.gz 70000 none`,
      ];
      const zero = (root: string) => `${root}/zero 0 ${digest('')}`;
      const pushed = await files(...options, `${source}/`, `host:${target}`);
      expect(pushed).toEqual([...places(target), zero(target)]);
      expect(await files(...options, `host:${source}/`, `${target}-2`)).toEqual([
        ...places(source),
        zero(source),
      ]);
      // A part of it is there already: runs of blocks, near and far ones.
      await put(target, {
        big: Buffer.concat([big.subarray(100_000), noise(90_000), big.subarray(0, 50_000)]),
      });
      expect(await files(...options, `${source}/`, `host:${target}`)).toEqual([
        `${target}/big 500000 none`,
      ]);
      await put(`${target}-2`, {
        big: Buffer.concat([big.subarray(7), Buffer.from('other'), big]),
      });
      expect(await files(...options, `host:${source}/`, `${target}-2`)).toEqual([
        `${source}/big 500000 none`,
      ]);
    },
  );

  test('the changes of a file: its size, no digest', async () => {
    const big = noise(3_000_000);
    await put(source, { big, other: 'nothing of it is there' });
    await put(target, {
      big: Buffer.concat([big.subarray(0, 1_000_000), Buffer.from('!'), big.subarray(1_000_000)]),
      other: 'x',
    });
    const all = [
      `${target}/big 3000000 none`,
      `${target}/other 22 ${digest('nothing of it is there')}`,
    ];
    expect(await files('-a', '--inplace', '--no-W', `${source}/`, `host:${target}`)).toEqual(all);
    expect((await readFile(`${target}/big`)).equals(big)).toBe(true);
    await put(source, { big: big.subarray(10) });
    expect(await files('-a', `host:${source}/`, target)).toEqual([`${source}/big 2999990 none`]);
  });

  test('what is appended: the size of all of it, no digest', async () => {
    await put(source, { log: 'a line\n' });
    expect(await files('-a', '--append', `${source}/`, `host:${target}`)).toEqual([
      `${target}/log 7 ${digest('a line\n')}`,
    ]);
    await appendFile(`${source}/log`, 'another one\n');
    expect(await files('-a', '--append', `${source}/`, `host:${target}`)).toEqual([
      `${target}/log 19 none`,
    ]);
    await appendFile(`${source}/log`, 'a third one\n');
    expect(await files('-a', '--append-verify', `host:${source}/`, target)).toEqual([
      `${source}/log 31 none`,
    ]);
  });

  test('a file that was not what its receiver thought is sent once more', async () => {
    await put(source, { log: 'a line\nanother one\n' });
    await put(target, { log: 'A LINE\n' });
    const sent = await files('-a', '--append-verify', `${source}/`, `host:${target}`);
    expect(sent).toEqual([`${target}/log 19 none`, `${target}/log 19 none`]);
    expect(await readFile(`${target}/log`, 'utf8')).toBe('a line\nanother one\n');
  });

  test('where they go: one file, into a folder, several, with their paths', async () => {
    await put(source, { a: '1', 'b/c': '2', 'd/c': '3' });
    const names = (lines: string[]) => lines.map((line) => line.split(' ')[0]);
    expect(names(await files(`${source}/a`, `host:${target}`))).toEqual([target]);
    expect(names(await files(`${source}/a`, `host:${target}-f/`))).toEqual([`${target}-f/a`]);
    expect(names(await files('-r', `${source}/b`, `host:${target}-g`))).toEqual([
      `${target}-g/b/c`,
    ]);
    const two = [`${source}/b`, `${source}/d/`];
    expect(names(await files('-r', ...two, `host:${target}-h`))).toEqual([
      `${target}-h/b/c`,
      `${target}-h/c`,
    ]);
    expect(names(await files('-rR', `${source}/b`, `host:${target}-i`))).toEqual([
      `${target}-i${source}/b/c`,
    ]);
    expect(names(await files('-rR', `host:${source}/b`, `${target}-j`))).toEqual([`${source}/b/c`]);
    expect(names(await files('-rR', `host:${source}/./b`, `${target}-k`))).toEqual([
      `${source}/b/c`,
    ]);
    expect(names(await files('-r', `host:${source}/b`, `:${source}/a`, `${target}-l`))).toEqual([
      `${source}/a`,
      `${source}/b/c`,
    ]);
    // Only the server knows which of the two this is of.
    expect(names(await files('-r', `host:${source}/b/`, `:${source}/a`, `${target}-m`))).toEqual([
      `${source}/a`,
      'c',
    ]);
    await put(box.folder, { list: `b/c\na\n` });
    const from = ['--files-from', box.path('list')];
    expect(names(await files(...from, `${source}`, `host:${target}-n`))).toEqual([
      `${target}-n/a`,
      `${target}-n/b/c`,
    ]);
    expect(names(await files(...from, `host:${source}`, `${target}-o`))).toEqual([
      `${source}/a`,
      `${source}/b/c`,
    ]);
    const there = ['--files-from', `:${box.path('list')}`];
    expect(names(await files(...there, `${source}`, `host:${target}-p`))).toEqual([
      `${target}-p/a`,
      `${target}-p/b/c`,
    ]);
    expect(names(await files(...there, `host:${source}`, `${target}-q`))).toEqual([
      `${source}/a`,
      `${source}/b/c`,
    ]);
  });

  test('the receiver alone knows whether a target is a folder: both names are told', async () => {
    await put(source, { a: '1' });
    const notes = readRun(await box.rsync(`${source}/a`, `host:${target}`)).notes;
    expect(notes).toEqual([
      {
        kind: 'file',
        file: { path: target, name: 'a', direction: 'upload', bytes: 1, sha256: digest('1') },
      },
    ]);
  });

  test('what the server says, and what it deletes where it says so', async () => {
    await put(source, { a: '1' });
    await put(target, { 'gone/away': '2' });
    const { notes } = readRun(await box.rsync('-av', '--delete', `${source}/`, `host:${target}`));
    const said = notes.flatMap((note) => (note.kind === 'said' ? [note.text] : []));
    expect(said).toEqual(['deleting gone/away', 'deleting gone']);
    const run = await box.rsync('-r', '--stderr=client', `host:${source}/none`, `${target}-x`);
    expect(run.code).toBe(23);
    const errors = readRun(run).notes;
    expect(errors).toEqual([
      { kind: 'said', text: expect.stringContaining('No such file or directory') },
    ]);
  });

  test.each(['iLsfxCIvu', 'iLsfxC', 'LsfxC'])(
    'a list that ends with an error (%s)',
    async (abilities) => {
      await put(source, { 'a/b': '1' });
      await symlink('nowhere', path.join(source, 'a', 'link'));
      const run = await box.olderRsync(abilities, '-rL', `host:${source}`, target);
      expect([run.code, readRun(run).gaveUp]).toEqual([23, null]);
      expect(filesOf(readRun(run))).toEqual([`${source}/a/b 1 ${digest('1')}`]);
    },
  );

  test('a run that breaks off leaves a file that is not whole', async () => {
    await put(source, { big: noise(2_000_000) });
    const run = await box.rsync('-a', `${source}/`, `host:${target}`);
    const at = run.pieces.findIndex(({ side, bytes }) => side === 'input' && bytes.length > 30_000);
    const reading = readRun({ ...run, pieces: run.pieces.slice(0, at + 1) });
    expect(reading).toMatchObject({
      gaveUp: null,
      notes: [{ file: { path: `${target}/big`, sha256: null, problem: 'incomplete' } }],
    });
  });
});

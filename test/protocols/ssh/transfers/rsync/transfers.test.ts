import { execFileSync } from 'node:child_process';
import { link, mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '../../../../peers/require-peer.ts';
import { filesBelow, filesOf, readRun, Sandbox } from './real-rsync.ts';

describeWith(['rsync'], 'transfers of the real rsync', () => {
  let box: Sandbox;
  let counter = 0;

  beforeAll(async () => {
    box = await Sandbox.open();
    await tree(box.path('source'));
  });
  afterAll(() => box[Symbol.asyncDispose]());

  /** Names that sort in unlike ways, folders in folders, an empty file, a link, a long name. */
  async function tree(folder: string) {
    const names = ['a', 'a-b', 'a.b', 'b/a', 'b/z/deep/er', 'b-c/x', 'b.d', 'zero', 'Ä ö/ü "q"'];
    const more = Array.from({ length: 40 }, (_, n) => `many/${n % 7}/${n}`);
    for (const name of [...names, ...more, 'a\nb', `long/${'l'.repeat(200)}/${'m'.repeat(100)}`]) {
      await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
      await writeFile(path.join(folder, name), `${name} `.repeat(name === 'a' ? 60_000 : 3));
    }
    await writeFile(path.join(folder, 'zero'), '');
    await mkdir(path.join(folder, 'empty'));
    await symlink('a', path.join(folder, 'link'));
    execFileSync('mkfifo', [path.join(folder, 'pipe')]);
  }

  /** In the same folder, in another one, and of an empty file. */
  async function hardLinks(folder: string) {
    for (const [from, to] of [
      ['a', 'a-also'],
      ['b/a', 'b-c/a'],
      ['zero', 'many/zero'],
    ] as const) {
      await link(path.join(folder, from), path.join(folder, to));
    }
  }

  test('of files that are one and the same only one is sent', async () => {
    const source = box.path('linked');
    await tree(source);
    await hardLinks(source);
    for (const options of [['-aH'], ['-aHc'], ['-aHv', '--no-inc-recursive', '--protocol=30']]) {
      const target = fresh();
      const run = await box.rsync(...options, `${source}/`, `host:${target}/`);
      const reading = readRun(run);
      expect(reading.gaveUp).toBeNull();
      const names = ['a', 'a-also', 'b/a', 'b-c/a', 'zero', 'many/zero'];
      const there = await filesBelow(target);
      const sent = filesOf(reading);
      const others = (lines: string[]) =>
        lines.filter(
          (line) => !names.some((name) => line.startsWith(`${path.join(target, name)} `)),
        );
      expect(others(sent)).toEqual(others(there));
      expect(there.length - sent.length).toBe(3);
      expect(there).toEqual(expect.arrayContaining(sent));
    }
  });

  function fresh(): string {
    counter += 1;
    return box.path(`target-${counter}`);
  }

  const literal: readonly (readonly string[])[] = [
    ['-rv', '--stats', '--info=progress2', '--out-format=%n'],
    ['-a', '--no-inc-recursive', '--checksum-choice=sha1'],
    ['-ac', '--delete', '--timeout=20'],
    ['-ac', '--no-inc-recursive', '--checksum-choice=xxh64,md4', '--numeric-ids'],
    ['-aHU', '--append'],
    ['-a', '--delete-after', '--exclude=*.b', '--prune-empty-dirs', '--exclude=zero'],
    ['-a', '--protocol=30', '--inplace'],
    ['-aHc', '--protocol=30', '--no-inc-recursive'],
    ['-a', '--protocol=31', '-s', '--partial-dir=.part', '--backup', '--suffix=.old'],
    ['-rlt', '--no-links', '--delay-updates', '--old-args', '--max-size=1M', '--chmod=a+r'],
    ['-azW', '--compress-choice=none', '--sparse', '--mkpath', '--fuzzy', '-B', '1000'],
  ];

  test.each(literal.map((options) => ({ options, title: options.join(' ') })))(
    'pushed whole with $title',
    async ({ options }) => {
      const target = fresh();
      const run = await box.rsync(...options, `${box.path('source')}/`, `host:${target}/`);
      expect([run.code, run.talk]).toEqual([0, expect.any(String)]);
      const reading = readRun(run);
      expect(reading.gaveUp).toBeNull();
      const there = await filesBelow(target);
      expect(there.length).toBeGreaterThan(40);
      expect(filesOf(reading)).toEqual(there);
    },
  );

  test.each(literal.map((options) => ({ options, title: options.join(' ') })))(
    'pulled whole with $title',
    async ({ options }) => {
      const target = fresh();
      const run = await box.rsync(...options, `host:${box.path('source')}`, target);
      expect([run.code, run.talk]).toEqual([0, expect.any(String)]);
      const reading = readRun(run);
      expect(reading.gaveUp).toBeNull();
      const here = await filesBelow(path.join(target, 'source'));
      const sources = here.map((line) =>
        line.replace(path.join(target, 'source'), box.path('source')),
      );
      expect(filesOf(reading)).toEqual(sources);
    },
  );

  // As with rsync 3.0 and 3.1: no agreement on checksums, flags of two bytes, no names of id 0.
  test.each([
    { abilities: 'iLs', options: ['-a', '--protocol=30'] },
    { abilities: 'Ls', options: ['-acH', '--protocol=30'] },
    { abilities: 'iLsfxC', options: ['-acU'] },
    { abilities: 'LsfxC', options: ['-aH', '--protocol=31'] },
  ])('with a client that can do $abilities, and $options', async ({ abilities, options }) => {
    const target = fresh();
    const source = box.path('source');
    const pushed = await box.olderRsync(abilities, ...options, `${source}/`, `host:${target}`);
    expect(pushed.command).toContain(`e.${abilities} `);
    expect([pushed.code, readRun(pushed).gaveUp]).toEqual([0, null]);
    expect(filesOf(readRun(pushed))).toEqual(await filesBelow(target));
    const pulled = await box.olderRsync(abilities, ...options, `host:${source}`, fresh());
    expect([pulled.code, readRun(pulled).gaveUp]).toEqual([0, null]);
    expect(filesOf(readRun(pulled))).toEqual(await filesBelow(source));
  });
});

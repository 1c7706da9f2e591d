import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newestTransfer } from './recorded.ts';
import { describeWith } from './require-peer.ts';
import { type SshSystem, startSshSystem } from './ssh-system.ts';

const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');

describeWith(['postgres', 'sshd', 'ssh', 'rsync'], 'recordings of rsync', () => {
  let ssh: SshSystem;
  beforeAll(async () => {
    ssh = await startSshSystem({
      rules: [
        '{ name: commands pass, ssh: { kind: [exec], class: [plain, opaque] }, then: allow }',
      ],
    });
    for (const name of ['a', 'b/c', 'b/d e/f', 'b/zero']) {
      await mkdir(path.dirname(at('source', name)), { recursive: true });
      await writeFile(
        at('source', name),
        name.endsWith('zero') ? '' : `planted ${name} `.repeat(9_000),
      );
    }
  });
  afterAll(() => ssh[Symbol.asyncDispose]());

  const at = (...names: readonly string[]) => ssh.at(...names);
  const rsync = (...args: readonly string[]) =>
    ssh.run('rsync', ['-e', `ssh -F ${ssh.config}`, ...args]);

  async function newest() {
    const transfer = await newestTransfer(ssh.system);
    expect(transfer.text).not.toContain('planted');
    return transfer;
  }

  async function filesBelow(folder: string) {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const places = entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name));
    const digests = places.map(async (place) => [place, sha256(await readFile(place))] as const);
    return new Map(await Promise.all(digests));
  }

  test('what is not understood passes untouched, and the recording says so', async () => {
    const copied = await rsync('-aX', `${at('source')}/`, `host:${at('attributes')}`).ended;
    expect([copied.code, copied.stderr]).toEqual([0, '']);
    expect((await filesBelow(at('attributes'))).size).toBe(4);
    const { files, end } = await newest();
    expect(files).toEqual([]);
    expect(end).toMatchObject({ exit: 0, transfer: { files: 0, gaveUp: 'the option -X' } });
    expect(end.stdin.bytes).toBeGreaterThan(90_000);
  });

  test('Ctrl-C in the middle of a file leaves it incomplete', async () => {
    await writeFile(at('long'), Buffer.alloc(40_000_000, 'planted '));
    const copying = rsync('-W', '--bwlimit=4000', at('long'), `host:${at('long-there')}/`);
    await expect
      .poll(() =>
        readdir(at('long-there')).then(
          async ([name = '']) => (await stat(at('long-there', name))).size,
          () => 0,
        ),
      )
      .toBeGreaterThan(100_000);
    copying.child.kill('SIGINT');
    await copying.ended;
    const { files } = await newest();
    expect(files).toMatchObject([{ path: at('long-there', 'long'), problem: 'incomplete' }]);
    expect(files[0].bytes).toBeGreaterThan(100_000);
    expect(files[0].bytes).toBeLessThan(40_000_000);
  });

  test.each([['-a'], ['-a', '-s'], ['-rtc', '--no-inc-recursive', '--delete']])(
    'up and down: path, size and digest of each, and nothing of the contents (%s %s %s)',
    async (...options: (string | undefined)[]) => {
      const given = options.filter((option) => option !== undefined);
      const target = at(`target${given.join('')}`);
      const pushed = await rsync(...given, at('source'), `host:${target}`).ended;
      expect([pushed.code, pushed.stderr]).toEqual([0, '']);
      const up = await newest();
      const there = await filesBelow(target);
      expect(there.size).toBe(4);
      expect(new Map(up.files.map((file) => [file.path, file.sha256]))).toEqual(there);
      expect(up.files[0]).toMatchObject({ direction: 'upload', channel: 1, bytes: 90_000 });
      expect(up.end).toMatchObject({ exit: 0, transfer: { files: 4, gaveUp: null } });
      const pulled = await rsync(...given, `host:${at('source')}/`, `${target}-back`).ended;
      expect([pulled.code, pulled.stderr]).toEqual([0, '']);
      const down = await newest();
      expect(new Map(down.files.map((file) => [file.path, file.sha256]))).toEqual(
        await filesBelow(at('source')),
      );
      expect(down.files[0]).toMatchObject({ direction: 'download' });
      const shown = await ssh.system.run('engineer', 'sessions', 'replay', down.id);
      expect(shown.stdout).toContain(at('source', 'b', 'd e', 'f'));
    },
  );

  test('compressed, and changes alone: sizes', async () => {
    expect((await rsync('-az', `${at('source')}/`, `host:${at('packed')}`).ended).code).toBe(0);
    const { files } = await newest();
    expect(
      new Map(files.map((file) => [file.path, file.sha256])).get(at('packed', 'a')),
    ).toBeNull();
    await writeFile(at('packed', 'a'), `${await readFile(at('source', 'a'), 'utf8')} and more`);
    expect(
      (await rsync('-a', '--no-W', `${at('source')}/`, `host:${at('packed')}`).ended).code,
    ).toBe(0);
    const changed = await newest();
    expect(changed.files).toMatchObject([{ path: at('packed', 'a'), bytes: 90_000, sha256: null }]);
    expect(await readFile(at('packed', 'a'))).toEqual(await readFile(at('source', 'a')));
  });
});

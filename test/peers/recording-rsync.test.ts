import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectPublishedForm } from '../recording/published-schema.ts';
import { describeWith } from './require-peer.ts';
import { type RunningSystem, startSystem } from './running-system.ts';
import { type SshdPeer, startSshd } from './sshd.ts';

const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');

describeWith(['postgres', 'sshd', 'ssh', 'rsync'], 'recordings of rsync', () => {
  let sshd: SshdPeer;
  let system: RunningSystem;
  let shell = '';
  let environment: Readonly<Record<string, string>>;

  beforeAll(async () => {
    sshd = await startSshd();
    const { host, port, user, keyFile, fingerprint } = sshd;
    const target = `type: ssh, host: ${host}, port: ${port}, user: ${user}, key: "file:${keyFile}", hostKey: "${fingerprint}"`;
    system = await startSystem({
      connections: [`host: { ${target}, access: { groups: [engineering] } }`],
      rules: [
        '{ name: commands pass, ssh: { kind: [exec], class: [plain, opaque] }, then: allow }',
      ],
    });
    environment = await system.environment('engineer');
    await system.run('engineer', 'ssh-config');
    shell = `ssh -F ${path.join(system.folder, 'config', 'hoopx', 'ssh_config')}`;
    for (const name of ['a', 'b/c', 'b/d e/f', 'b/zero']) {
      await mkdir(path.dirname(at('source', name)), { recursive: true });
      await writeFile(
        at('source', name),
        name.endsWith('zero') ? '' : `planted ${name} `.repeat(9_000),
      );
    }
  });
  afterAll(async () => {
    await system.gateway.stop();
    await system[Symbol.asyncDispose]();
    await sshd.stop();
  });

  const at = (...names: readonly string[]) => path.join(system.folder, ...names);
  const rsync = (...args: readonly string[]) =>
    system.spawn('rsync', ['-e', shell, ...args], { env: environment });

  /** The newest recording, once its session is over. */
  async function newest() {
    let view = { id: '', state: 'open' };
    await expect
      .poll(async () => {
        const { items } = await system.client('engineer').listRecordings({ limit: 1 });
        view = items[0] ?? view;
        return view.state;
      })
      .not.toBe('open');
    const text = await readFile(at('recordings', view.id, 'session.ndjson'), 'utf8');
    await expectPublishedForm(text);
    expect(text).not.toContain('planted');
    const events = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const files = events.filter(({ type }) => type === 'file');
    return { id: view.id, text, files, end: events.find(({ type }) => type === 'channel_end') };
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
      const shown = await system.run('engineer', 'sessions', 'replay', down.id);
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

import { createHash } from 'node:crypto';
import { mkdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KubeSystem, startKubeExec } from './kube-system.ts';
import { clusterPeers } from './kubernetes/cluster.ts';
import { recordingOf } from './recorded.ts';
import { describeWith } from './require-peer.ts';
import type { RunningSystem } from './running-system.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describeWith(['postgres', ...clusterPeers], 'recordings of kubectl cp', () => {
  let kube: KubeSystem;
  let system: RunningSystem;
  beforeAll(async () => {
    kube = await startKubeExec();
    system = kube.system;
  }, 180_000);
  afterAll(() => kube?.[Symbol.asyncDispose]());

  const at = (...names: readonly string[]) => path.join(system.folder, ...names);
  const start = (webSockets: string, ...args: readonly string[]) =>
    system.start('engineer', ['connect', 'k8s', '--', 'kubectl', ...args], {
      env: { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: webSockets },
    });

  /** Of the newest session that asked for the command: all of it, once it is over. */
  async function recorded(command: string) {
    const events = async () => {
      const { items } = await system.client('engineer').listRecordings({ text: command, limit: 1 });
      const id = items[0]?.id;
      if (id === undefined) return [];
      return (await recordingOf(system, id)).events.map((event) => ({ id, ...event }));
    };
    await expect.poll(async () => (await events()).at(-1)?.type, { timeout: 5000 }).toBe('ended');
    const all = await events();
    const channel = all.find((event) => event.command?.startsWith(command))?.channel;
    const of = (type: string) =>
      all.filter((event) => event.type === type && event.channel === channel);
    return {
      id: all[0].id,
      text: JSON.stringify(all),
      files: of('file'),
      end: of('channel_end')[0],
    };
  }

  describe.each([
    ['WebSocket', 'true'],
    ['SPDY', 'false'],
  ])('over %s', (name, webSockets) => {
    const copy = (...args: readonly string[]) => start(webSockets, 'cp', ...args);

    test('a file that tar cannot write ends with its exit status, and its words', async () => {
      const missing = at(`missing-${name}`);
      await writeFile(at('up.txt'), 'secret contents');
      expect((await (await copy(at('up.txt'), `web:${missing}/up.txt`)).ended).code).not.toBe(0);
      const { end, text } = await recorded(`tar -xmf - -C ${missing}`);
      expect(end).toMatchObject({ exit: 2, transfer: { gaveUp: expect.any(String) } });
      expect(text).toContain('No such file or directory');
      expect(text).not.toContain('secret contents');
    });

    test('what is stopped in the middle of a file leaves it incomplete', async () => {
      const [from, to] = [at(`long-${name}`), at(`long-back-${name}`)];
      await writeFile(from, '');
      await truncate(from, 20_000_000_000);
      const copying = await copy(`web:${from}`, to);
      const arrived = async () => (await stat(to).catch(() => null))?.size ?? 0;
      await expect.poll(arrived, { timeout: 20_000 }).toBeGreaterThan(1_000_000);
      copying.child.kill('SIGTERM');
      await copying.ended;
      const { files, end } = await recorded(`tar cf - ${from}`);
      expect(files).toMatchObject([{ path: from, direction: 'download', problem: 'incomplete' }]);
      expect(files[0].bytes).toBeGreaterThan(1_000_000);
      expect(end.transfer).toEqual({ files: 1, gaveUp: 'the archive broke off' });
    });

    test('up and down: paths, sizes and digests, and nothing of the contents', async () => {
      const contents = 'secret contents '.repeat(50_000);
      const tree = at(`tree-${name}`);
      const long = 'name-'.repeat(30);
      await mkdir(path.join(tree, 'in'), { recursive: true });
      await writeFile(path.join(tree, 'in', 'large file'), contents);
      await writeFile(path.join(tree, 'in', long), 'long');
      await writeFile(path.join(tree, 'empty'), '');
      const wanted = (folder: string) =>
        new Map([
          [path.join(folder, 'in', 'large file'), sha256(contents)],
          [path.join(folder, 'in', long), sha256('long')],
          [path.join(folder, 'empty'), sha256('')],
        ]);
      const there = at(`there-${name}`);
      const up = await (await copy(tree, `web:${there}`)).ended;
      expect(up.code, up.stderr).toBe(0);
      const uploaded = await recorded(`tar -xmf - -C ${system.folder}`);
      expect(new Map(uploaded.files.map((file) => [file.path, file.sha256]))).toEqual(
        wanted(there),
      );
      expect(uploaded.end).toMatchObject({ exit: 0, transfer: { files: 3, gaveUp: null } });

      const down = await (await copy(`web:${there}`, at(`back-${name}`))).ended;
      expect(down.code, down.stderr).toBe(0);
      expect(await readFile(at(`back-${name}`, 'in', 'large file'), 'utf8')).toBe(contents);
      const downloaded = await recorded(`tar cf - ${there}`);
      expect(new Map(downloaded.files.map((file) => [file.path, file.sha256]))).toEqual(
        wanted(there),
      );
      expect(downloaded.files.every(({ direction }) => direction === 'download')).toBe(true);
      expect(downloaded.end).toMatchObject({ exit: 0, transfer: { files: 3, gaveUp: null } });
      expect(uploaded.text + downloaded.text).not.toContain('secret contents');
      const shown = await system.run('engineer', 'sessions', 'replay', downloaded.id);
      expect(shown.stdout).toContain(`download ${there}/in/large file (800000 bytes, sha256`);
    });
  });
});

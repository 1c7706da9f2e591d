import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openAnchors } from '../../src/audit/anchors.ts';
import { signCheckpoint } from '../../src/audit/checkpoint.ts';
import { openSignerFile } from '../../src/audit/signer-file.ts';
import type { GitAnchor } from '../../src/core/git-anchor.ts';
import { Secret } from '../../src/core/secret.ts';
import { keptCheckpoints } from '../../src/gateway/kept-checkpoints.ts';
import { freePort } from './free-port.ts';
import { startGitHost } from './git-host.ts';
import { describeWith, peer } from './require-peer.ts';
import { type SshdPeer, startSshd } from './sshd.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hoopx-git-anchor-'));
});
afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

const log = { info: () => {}, warn: () => {}, error: () => {} };
const environment = { PATH: process.env.PATH ?? '', HOME: '/nonexistent' };

function anchorAt(url: string): GitAnchor {
  const none = { login: null, sshKey: null, knownHosts: null };
  return { kind: 'git', url, branch: 'audit', path: 'checkpoints', environment, ...none };
}

const git = async (where: string, ...args: string[]) =>
  (await execa('git', ['-C', where, ...args], { env: { ...environment, HOME: folder } })).stdout;

/** As a host sets up a protected branch. */
async function bareRepository(name: string, guarded: boolean): Promise<string> {
  const repository = path.join(folder, name);
  await mkdir(repository);
  await git(repository, 'init', '--quiet', '--bare');
  await git(repository, 'config', 'receive.denyNonFastForwards', `${guarded}`);
  await git(repository, 'config', 'receive.denyDeletes', `${guarded}`);
  return repository;
}

async function notes(count: number): Promise<readonly string[]> {
  const signer = await openSignerFile(path.join(folder, 'key'), 'example.com/audit');
  return Array.from({ length: count }, (_, size) => {
    const time = new Date(Date.UTC(2026, 0, 31, 12, 58 + size)).toISOString();
    return signCheckpoint({ size, root: Buffer.alloc(32, size), time }, signer);
  });
}

/** What a checkout says, in the order of its files. */
async function keptIn(repository: string): Promise<readonly string[]> {
  const clone = await mkdtemp(path.join(folder, 'clone-'));
  await git(folder, 'clone', '--quiet', '--branch', 'audit', repository, clone);
  const texts = await keptCheckpoints(clone);
  return texts.flatMap(({ text }) =>
    text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line).note])),
  );
}

/** Anchors that are open for so long as the work takes. */
async function anchored(
  anchor: GitAnchor,
  work: (add: (note: string) => void, alarms: readonly string[]) => Promise<void>,
  problems: string[] = [],
) {
  const alarms: string[] = [];
  const told = (_: string, problem: string) => alarms.push(problem);
  const warn = (detail: object) => void problems.push(Object.values(detail).join(' '));
  const listening = { ...log, warn };
  const anchors = await openAnchors([anchor], path.join(folder, 'audit'), listening, told);
  await work(anchors.add, alarms).finally(() => anchors.close());
  return alarms;
}

const inTime = { timeout: 20_000, interval: 50 };

async function taken(repository: string): Promise<number> {
  const counted = await git(repository, 'rev-list', '--count', 'audit').catch(() => '0');
  return Number(counted);
}

describeWith(['git'], 'a git anchor', () => {
  test('alarms where history was rewritten, forces nothing on it, and loses nothing', async () => {
    const remote = await bareRepository('remote.git', false);
    const [first = '', second = '', third = ''] = await notes(3);
    const alarms = await anchored(anchorAt(remote), async (add) => {
      add(first);
      add(second);
      await expect.poll(() => taken(remote), inTime).toBe(2);
      // Who holds the remote takes the newest away, and writes another in its place.
      const tree = await git(remote, 'rev-parse', 'audit~1^{tree}');
      const author = ['-c', 'user.name=m', '-c', 'user.email=m@example.com'];
      const forged = await git(remote, ...author, 'commit-tree', tree, '-m', 'nothing was here');
      await git(remote, 'update-ref', 'refs/heads/audit', forged);
      add(third);
      await expect.poll(() => owed(), inTime).toContain(third);
      await expect.poll(() => git(remote, 'rev-parse', 'audit'), inTime).toBe(forged);
    });
    expect(alarms).toEqual(['the history of audit was rewritten']);
    expect(await taken(remote)).toBe(1);
    // After a restart it is still owed, and still an alarm; a branch that is gone is one too.
    await git(remote, 'update-ref', '-d', 'refs/heads/audit');
    const again = await anchored(anchorAt(remote), async (add, told) => {
      await expect.poll(() => told, inTime).toEqual(['the branch audit is gone']);
      expect(await owed()).toEqual([third]);
      // Who knows that it is in order removes the memory of it, as the gateway runs.
      await rm(await ownCopy(), { recursive: true, force: true, maxRetries: 5 });
      add(first);
      await expect.poll(() => taken(remote), inTime).toBe(2);
    });
    expect(again).toEqual(['the branch audit is gone']);
    // In the order of their hours.
    expect(await keptIn(remote)).toEqual([first, third]);
  }, 60_000);

  test('alarms where somebody else changes what was pushed, not where they commit beside', async () => {
    const remote = await bareRepository('remote.git', true);
    const [first = '', second = '', third = ''] = await notes(3);
    const clone = path.join(folder, 'other');
    const commit = async (file: string) => {
      await rm(clone, { recursive: true, force: true });
      await git(folder, 'clone', '--quiet', '--branch', 'audit', remote, clone);
      await execa('sh', ['-c', `echo changed >> ${file}`], { cwd: clone });
      await git(clone, 'add', '.');
      const author = ['-c', 'user.name=m', '-c', 'user.email=m@example.com'];
      await git(clone, ...author, 'commit', '--quiet', '-m', 'other');
      await git(clone, 'push', '--quiet');
    };
    const alarms = await anchored(anchorAt(remote), async (add) => {
      add(first);
      await expect.poll(() => taken(remote), inTime).toBe(1);
      await commit('README');
      add(second);
      await expect.poll(() => taken(remote), inTime).toBe(3);
      await commit('checkpoints/2026-01-31/12.jsonl');
      add(third);
      await expect.poll(() => owed(), inTime).toEqual([third]);
    });
    expect(alarms).toEqual(['somebody else wrote into checkpoints']);
    expect(await taken(remote)).toBe(4);
  }, 60_000);

  test('of a repository that denies it, what was pushed cannot be taken back by who pushes', async () => {
    const remote = await bareRepository('remote.git', true);
    const all = await notes(2);
    const alarms = await anchored(anchorAt(remote), async (add) => all.forEach(add));
    expect(alarms).toEqual([]);
    const own = await ownCopy();
    const older = await git(own, 'rev-parse', 'refs/hoopx/pushed~1');
    const forced = git(own, 'push', '--force', remote, `${older}:refs/heads/audit`);
    await expect(forced).rejects.toThrow(/non-fast-forward/);
    const removed = git(own, 'push', remote, ':refs/heads/audit');
    await expect(removed).rejects.toThrow(/deletion prohibited/);
    expect(await keptIn(remote)).toEqual(all);
  }, 60_000);

  test('keeps what a remote that is away does not take, and pushes it in order, once', async () => {
    const remote = await bareRepository('remote.git', true);
    const [first = '', ...rest] = await notes(5);
    await anchored(anchorAt(remote), async (add) => add(first));
    await rename(remote, `${remote}.away`);
    await anchored(anchorAt(remote), async (add) => {
      rest.forEach(add);
      await expect.poll(() => owed(), inTime).toEqual(rest);
    });
    await rename(`${remote}.away`, remote);
    // As after a crash between the push and the note of it.
    const own = await ownCopy();
    await git(own, 'update-ref', '-d', 'refs/hoopx/pushed');
    const alarms = await anchored(anchorAt(remote), async (add) => {
      add(first);
      await expect.poll(() => taken(remote), inTime).toBe(5);
      await expect.poll(() => owed(), inTime).toEqual([]);
    });
    expect(alarms).toEqual([]);
    expect(await keptIn(remote)).toEqual([first, ...rest]);
  }, 60_000);

  test('names no token in what it runs, and none where a push fails', async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/audit.git`;
    const login = { user: 'hoopx', token: new Secret('a-planted-token') };
    const said: string[] = [];
    const listen = (detail: object, message: string) => {
      const { err } = { err: null, ...detail } as { err: unknown };
      said.push(JSON.stringify(detail), String(err), err instanceof Error ? `${err.stack}` : '');
      said.push(message);
    };
    const anchors = await openAnchors(
      [{ ...anchorAt(url), login }],
      path.join(folder, 'audit'),
      { info: listen, warn: listen, error: listen },
      () => {},
    );
    anchors.add((await notes(1))[0] ?? '');
    await expect.poll(() => said.join('\n'), inTime).toMatch(/git ls-remote ended/);
    await anchors.close();
    expect(said.join('\n')).not.toMatch(/a-planted-token|aG9vcHg6/);
  }, 60_000);

  const ownCopy = () => besideLog('audit-git-');

  async function besideLog(beginning: string): Promise<string> {
    const name = (await readdir(folder)).find((each) => each.startsWith(beginning)) ?? '';
    return path.join(folder, name);
  }

  async function owed(): Promise<readonly string[]> {
    const text = await readFile(await besideLog('audit-spool-'), 'utf8');
    return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
  }
});

describeWith(['git', 'ssh', 'sshd', 'ssh-keygen'], 'a git anchor behind ssh', () => {
  let sshd: SshdPeer;
  const keygen = peer('ssh-keygen') ?? '';
  beforeAll(async () => {
    sshd = await startSshd();
  }, 60_000);
  afterAll(() => sshd.stop());

  test('is refused with another host key than is known, and pushed to with the right one', async () => {
    const remote = await bareRepository('remote.git', true);
    const knownHosts = path.join(folder, 'known hosts');
    const url = `ssh://${sshd.user}@${sshd.host}:${sshd.port}${remote}`;
    const anchor = { ...anchorAt(url), sshKey: sshd.keyFile, knownHosts };
    const [note = ''] = await notes(1);
    const making = ['-q', '-t', 'ed25519', '-N', '', '-f', path.join(folder, 'other')];
    await execa(keygen, making);
    const another = await readFile(path.join(folder, 'other.pub'), 'utf8');
    await writeFile(knownHosts, `[${sshd.host}]:${sshd.port} ${another}`);
    await anchored(anchor, async (add) => add(note));
    expect(await taken(remote)).toBe(0);
    await writeFile(knownHosts, `[${sshd.host}]:${sshd.port} ${sshd.hostKey}\n`);
    await anchored(anchor, async () => {});
    expect(await keptIn(remote)).toEqual([note]);
  }, 60_000);
});

describeWith(['git', 'nginx', 'fcgiwrap'], 'a git anchor behind https', () => {
  test('is given to no host of an unknown authority, nor with another token, else pushed to', async () => {
    const remote = await bareRepository('remote.git', true);
    const login = { user: 'hoopx', token: 'a-planted-token' };
    const host = await startGitHost(folder, login);
    try {
      const known = { ...environment, GIT_SSL_CAINFO: host.authority };
      const right = { user: login.user, token: new Secret(login.token) };
      const anchor = { ...anchorAt(`${host.url}/remote.git`), environment: known, login: right };
      const [first = '', second = ''] = await notes(2);
      const another = { ...right, token: new Secret('another') };
      for (const [wrong, why] of [
        [{ ...anchor, environment }, /certificate/],
        [{ ...anchor, login: another }, /Authentication failed|could not read Username/],
      ] as const) {
        const problems: string[] = [];
        await anchored(wrong, async (add) => add(first), problems);
        expect(problems.join('\n')).toMatch(why);
        expect(await taken(remote)).toBe(0);
      }
      const alarms = await anchored(anchor, async (add) => add(second));
      expect(alarms).toEqual([]);
      expect(await keptIn(remote)).toEqual([first, second]);
    } finally {
      await host.stop();
    }
  }, 60_000);
});

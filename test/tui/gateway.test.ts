import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lineClient } from '../gateway/line-client.ts';
import { type StartedGateway, startedGateway } from '../gateway/started-gateway.ts';
import { describeWith } from '../peers/require-peer.ts';
import { startTmux } from './tmux.ts';

const program = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

let gateway: StartedGateway;
let folder: string;

beforeAll(async () => {
  gateway = await startedGateway();
  folder = await mkdtemp(path.join(tmpdir(), 'hoopx-approve-'));
  await writeFile(path.join(folder, 'ca.pem'), gateway.certificates.ca);
  await writeFile(path.join(folder, 'token'), await gateway.token('reviewer'));
  await writeFile(path.join(folder, 'engineer'), await gateway.token('engineer'));
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

async function hold(text: string) {
  const api = gateway.client('engineer');
  const tunnel = await api.openTunnel({ connection: 'pg-test', mode: 'live' });
  const lines = lineClient(await api.openStream(tunnel.id));
  await lines.next();
  lines.send(text);
  const id = (await lines.next())?.slice('held '.length) ?? '';
  expect(id).toMatch(/^req_/);
  return { id, lines };
}

const options = (who = 'token') => [
  ...['--gateway', gateway.url, '--ca', path.join(folder, 'ca.pem')],
  ...['--token-file', path.join(folder, who)],
];

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command without a terminal. */
function hoopx(...args: readonly string[]): Promise<Ended> {
  const env = { PATH: process.env.PATH, HOME: folder };
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    }).stdin?.end();
  });
}

describe('approve and reject without a terminal', () => {
  it('draw nothing, and name the commands that need none', async () => {
    const ended = await hoopx('approve', ...options());
    expect(ended).toMatchObject({ code: 64, stdout: '' });
    expect(ended.stderr).toContain('hoopx requests list');
    expect(ended.stderr).toContain('hoopx approve ID --yes');
  });

  it('approve nothing without --yes', async () => {
    const { id, lines } = await hold('delete one');
    expect(await hoopx('approve', id, ...options())).toMatchObject({ code: 64, stdout: '' });
    expect(await gateway.client('reviewer').request(id)).toMatchObject({ state: 'pending' });
    lines.stream.destroy();
  });

  it('approve nothing but what was reviewed', async () => {
    const { id, lines } = await hold('delete two');
    const other = `sha256:${'0'.repeat(64)}`;
    const ended = await hoopx('approve', id, '--yes', '--digest', other, ...options());
    expect(ended.code).toBe(64);
    expect(ended.stderr).toContain('is not what was reviewed');
    const { digest, state } = await gateway.client('reviewer').request(id);
    expect(state).toBe('pending');
    const again = await hoopx('approve', id, '--yes', '--digest', digest, ...options());
    expect(again).toMatchObject({ code: 0, stdout: `${id}: approved by reviewer@demo.invalid\n` });
    expect(await lines.next()).toBe('ok delete two');
  });

  it('refuse the requester', async () => {
    const { id, lines } = await hold('delete three');
    const ended = await hoopx('approve', id, '--yes', ...options('engineer'));
    expect(ended.code).toBe(77);
    lines.stream.destroy();
  });

  it('pitfall 40: approve several, and say how each went, also as JSON', async () => {
    const [first, second] = [await hold('delete four'), await hold('delete five')];
    const ended = await hoopx('approve', first.id, second.id, '--yes', '--json', ...options());
    expect(ended.code).toBe(0);
    expect(JSON.parse(ended.stdout)).toMatchObject({
      items: [{ id: first.id }, { id: second.id }],
      nextCursor: null,
    });
    expect(await second.lines.next()).toBe('ok delete five');
  });

  it('pitfall 40: deny and ask for changes, with the reason for the requester', async () => {
    const denied = await hold('delete six');
    const ended = await hoopx('reject', denied.id, '--reason', 'not today', ...options());
    expect(ended.stdout).toMatch(/^req_\w+: denied by reviewer@\S+: not today\n$/);
    expect(await denied.lines.next()).toMatch(/^no DENIED_BY_REVIEWER .*not today/);
    const changed = await hold('delete seven');
    const ask = ['--request-changes', '--reason', 'add WHERE', '--json'];
    const answer = await hoopx('reject', changed.id, ...ask, ...options());
    expect(JSON.parse(answer.stdout)).toMatchObject({ state: 'changes_requested' });
    expect(await changed.lines.next()).toMatch(/^no CHANGES_REQUESTED .*add WHERE/);
    expect((await hoopx('reject', changed.id, ...options())).code).toBe(64);
  });
});

describeWith(['tmux'], 'approve in a terminal', () => {
  it('shows a request as it is held, approves it, and says that it ran', async () => {
    await using tmux = await startTmux(100, 30);
    const command = [process.execPath, program, 'approve', ...options()].join(' ');
    await tmux.keys(`clear; unset CI NO_COLOR; export HOME=${folder}; ${command}`, 'Enter');
    await tmux.until('Nothing waits for a decision');
    const { id, lines } = await hold('delete eight');
    await tmux.until('delete eight');
    await tmux.keys('Enter');
    await tmux.until('a approve');
    await tmux.keys('a');
    await tmux.until(`Approve ${id}?`);
    await delay(300);
    await tmux.keys('y');
    expect(await lines.next()).toBe('ok delete eight');
    await tmux.until(new RegExp(`${id} {2}succeeded`));
    await tmux.keys('q');
    await tmux.until(/ready> *\n*$/);
  });

  it('says when the gateway is away, and goes on when it is back', async () => {
    await using tmux = await startTmux(100, 30);
    const command = [process.execPath, program, 'approve', ...options()].join(' ');
    await tmux.keys(`clear; unset CI NO_COLOR; export HOME=${folder}; ${command}`, 'Enter');
    await tmux.until('● live');
    await gateway.stop();
    await tmux.until('○ reconnecting');
    await gateway.start();
    await tmux.until('● live');
    const { id } = await hold('delete nine');
    await tmux.until('delete nine');
    expect(id).toMatch(/^req_/);
    await tmux.keys('C-c');
    await tmux.until(/ready> *\n*$/);
  });

  it('prints the card of one request and asks', async () => {
    await using tmux = await startTmux(100, 40);
    const { id, lines } = await hold('delete ten');
    const command = [process.execPath, program, 'approve', id, ...options()].join(' ');
    await tmux.keys(`clear; export HOME=${folder}; ${command}; echo "code $?"`, 'Enter');
    const card = await tmux.until('[y/N]');
    expect(card).toContain('1 │ delete ten');
    await tmux.keys('Enter');
    await tmux.until('code 1');
    expect(await gateway.client('reviewer').request(id)).toMatchObject({ state: 'pending' });
    await tmux.keys(`clear; ${command}; echo "code $?"`, 'Enter');
    await tmux.until('[y/N]');
    await tmux.keys('y', 'Enter');
    await tmux.until('code 0');
    expect(await lines.next()).toBe('ok delete ten');
  });
});

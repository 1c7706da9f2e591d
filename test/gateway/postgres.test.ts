import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { loadAdapters } from '../../src/gateway/adapters.ts';
import { type PostgresPeer, startPostgres } from '../peers/postgres.ts';
import { type StartedGateway, startedGateway } from './started-gateway.ts';

const run = promisify(execFile);

let postgres: PostgresPeer;
let gateway: StartedGateway;
let folder: string;

beforeAll(async () => {
  postgres = await startPostgres();
  await postgres.query('create table accounts (id int)');
  gateway = await startedGateway({ adapters: await loadAdapters() });
  gateway.configure((config) => {
    const before = config.connections['pg-test'];
    if (before === undefined) throw new Error('no connection');
    const { host, port, database, user } = postgres;
    const password = new Secret(postgres.password);
    const connection = { ...before, host, port, database, user, password };
    return { ...config, connections: { 'pg-test': connection } };
  });
  await gateway.reload();
  folder = await mkdtemp(path.join(tmpdir(), 'hoopx-cli-'));
  await writeFile(path.join(folder, 'ca.pem'), gateway.certificates.ca);
}, 60_000);

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function environmentOf(account: string): Promise<Record<string, string>> {
  return {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    HOOPX_GATEWAY: gateway.url,
    HOOPX_CA: path.join(folder, 'ca.pem'),
    HOOPX_TOKEN: await gateway.token(account),
  };
}

/** The program itself, as an account. */
async function hoopx(account: string, ...args: string[]): Promise<Ran> {
  const env = await environmentOf(account);
  const child = run(process.execPath, ['bin/run.js', ...args], { env, timeout: 30_000 });
  return child.then(
    (output) => ({ exitCode: 0, ...output }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      exitCode: error.code,
      stdout: error.stdout,
      stderr: error.stderr,
    }),
  );
}

async function pendingId(): Promise<string> {
  let id = '';
  await expect
    .poll(
      async () => {
        const { items } = await gateway.client('reviewer').listRequests({ state: ['pending'] });
        id = items[0]?.id ?? '';
        return id;
      },
      { timeout: 20_000 },
    )
    .not.toBe('');
  return id;
}

describe('the program', () => {
  it('refuses what the rules deny, in a psql that connect runs', async () => {
    const { exitCode, stderr } = await hoopx(
      'engineer',
      ...['connect', 'pg-test', '--', 'psql', '-X', '-v', 'VERBOSITY=verbose'],
      ...['-c', 'drop table accounts'],
    );
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/42501.*denied by rule "no drops"/);
    expect(await postgres.query('select * from accounts')).toEqual([]);
  }, 40_000);

  it('passes a read through psql, over a port and over a socket', async () => {
    const psql = ['--', 'psql', '-X', '-A', '-t', '-c', 'select 40 + 2'];
    for (const flags of [[], ['--socket']]) {
      const ran = await hoopx('engineer', 'connect', 'pg-test', ...flags, ...psql);
      expect(ran).toMatchObject({ exitCode: 0, stdout: '42\n' });
    }
  }, 40_000);

  it('keeps a port open until Ctrl-C, which is no failure', async () => {
    const args = ['bin/run.js', 'connect', 'pg-test', '--json'];
    const env = await environmentOf('engineer');
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(child.stdout, 'data');
    const { url, port, command } = JSON.parse(String(line));
    expect(command).toBe(`psql '${url}'`);
    const psql = await run('psql', ['-X', '-A', '-t', url, '-c', 'select 1']);
    expect(psql.stdout).toBe('1\n');
    child.kill('SIGINT');
    const [exitCode] = await once(child, 'close');
    expect(exitCode).toBe(0);
    await expect(run('psql', ['-X', url, '-c', 'select 1'])).rejects.toMatchObject({ code: 2 });
    expect(port).toBeGreaterThan(0);
  }, 40_000);

  it('shows, waits for and tells the end of a held statement', async () => {
    const insert = ['--', 'psql', '-X', '-c', 'insert into accounts values (1)'];
    const asked = hoopx('engineer', 'connect', 'pg-test', '--reason', 'a test', ...insert);
    const id = await pendingId();
    const impatient = await hoopx('engineer', 'requests', 'wait', id, '--timeout', '1s', '--json');
    expect(impatient.exitCode).toBe(75);
    expect(JSON.parse(impatient.stdout)).toMatchObject({ requestId: id, status: 'pending' });
    const shown = await hoopx('reviewer', 'requests', 'show', id);
    expect(shown.stdout).toContain('insert into accounts values (1)');
    expect(shown.stdout).toMatch(/Reason +.*a test/);
    const waiting = hoopx('engineer', 'requests', 'wait', id);
    const reviewer = gateway.client('reviewer');
    const { digest } = await reviewer.request(id);
    await reviewer.decide(id, { kind: 'approve', digest });
    expect(await asked).toMatchObject({ exitCode: 0, stdout: 'INSERT 0 1\n' });
    expect((await waiting).exitCode).toBe(0);
    expect(await postgres.query('select * from accounts')).toEqual([{ id: 1 }]);
    expect((await asked).stderr).toContain(`hoopx approve ${id}`);
  }, 60_000);

  it('tells a script that a reviewer denied', async () => {
    const deletion = ['--', 'psql', '-X', '-c', 'delete from accounts where id = 1'];
    const asked = hoopx('engineer', 'connect', 'pg-test', ...deletion);
    const id = await pendingId();
    const reviewer = gateway.client('reviewer');
    const { digest } = await reviewer.request(id);
    await reviewer.decide(id, { kind: 'deny', digest, reason: 'not now' });
    expect((await asked).exitCode).toBe(1);
    expect((await hoopx('engineer', 'requests', 'wait', id)).exitCode).toBe(80);
  }, 60_000);

  it('lists connections, sessions and requests, and says so when there is none', async () => {
    const connections = await hoopx('engineer', 'connections', 'list');
    expect(connections.stdout).toMatch(/^NAME +TYPE/);
    expect(connections.stdout).toMatch(/pg-test +postgres/);
    const sessions = await hoopx('engineer', 'sessions', 'list', '--json');
    expect(JSON.parse(sessions.stdout)).toEqual({ items: [], nextCursor: null });
    const requests = await hoopx('engineer', 'requests', 'list', '--state', 'succeeded');
    expect(requests.stdout).toContain('insert into accounts');
    const missing = await hoopx('engineer', 'requests', 'show', 'req_missing');
    expect(missing).toMatchObject({ exitCode: 64, stdout: '' });
    const unknown = await hoopx('engineer', 'connect', 'pg-missing', '--', 'true');
    expect(unknown.exitCode).toBe(64);
    const absent = await hoopx('engineer', 'sessions', 'kill', 'ses_missing');
    expect(absent.exitCode).toBe(64);
  }, 60_000);

  it('pitfall 34: tells psql why it cannot be let in, in place of "connection refused"', async () => {
    const { ca } = gateway.certificates;
    const { createControlClient } = await import('../../src/control/client.ts');
    const { connect } = await import('../../src/tunnel/connect.ts');
    const { refuseClient } = await import('../../src/gateway/refuse-client.ts');
    let token = await gateway.token('engineer');
    const stop = new AbortController();
    const url = deferred<string>();
    const connected = connect({
      client: createControlClient({ url: gateway.url, ca, token: async () => token }),
      connection: 'pg-test',
      reason: null,
      listen: { kind: 'port', port: 0 },
      asked: { words: [], terminal: false },
      until: () => stop.signal,
      ssh: { proxy: [], knownHosts: (name) => name, environment: {} },
      trust: async () => {},
      refuse: refuseClient,
      onEvent: undefined,
      onReady: (ready) => url.resolve(ready.url ?? ''),
      say: () => {},
    });
    const address = await url.promise;
    token = 'expired.expired.expired';
    const failure = await run('psql', ['-X', address, '-c', 'select 1']).catch((error) => error);
    expect(failure.stderr).toMatch(/FATAL: +hoopx: .*token/);
    stop.abort();
    await connected;
  }, 40_000);

  it('says what to do when the gateway cannot be had', async () => {
    const refused = await hoopx(
      'engineer',
      ...['connections', 'list', '--gateway', 'https://127.0.0.1:1'],
    );
    expect(refused.exitCode).toBe(69);
    expect(refused.stderr).toContain('hoopx doctor');
    const { makeCertificates } = await import('../peers/certificates.ts');
    const other = path.join(folder, 'other.pem');
    await writeFile(other, (await makeCertificates()).ca);
    const untrusted = await hoopx('engineer', 'connections', 'list', '--ca', other);
    expect(untrusted.exitCode).toBe(69);
    expect(untrusted.stderr).toContain('--ca');
  }, 40_000);
});

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

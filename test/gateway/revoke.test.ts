import { execFile } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RequestView } from '../../src/control/contract.ts';
import { Secret } from '../../src/core/secret.ts';
import { loadAdapters } from '../../src/gateway/adapters.ts';
import { type LocalTunnel, openLocalTunnel } from '../../src/tunnel/local-tunnel.ts';
import { type PostgresPeer, startPostgres } from '../peers/postgres.ts';
import { type StartedGateway, startedGateway } from './started-gateway.ts';

let postgres: PostgresPeer;
let gateway: StartedGateway;

beforeAll(async () => {
  postgres = await startPostgres();
  gateway = await startedGateway({
    adapters: await loadAdapters(),
    rules: [{ name: 'all is held', sql: { class: ['read'] }, then: 'review', chain: 'dba' }],
  });
  gateway.configure((config) => {
    const before = config.connections['pg-test'];
    if (before?.type !== 'postgres') throw new Error('no connection');
    const { host, port, database, user } = postgres;
    const password = new Secret(postgres.password);
    const connection = { ...before, host, port, database, user, password };
    return { ...config, connections: { 'pg-test': connection } };
  });
  await gateway.reload();
}, 60_000);

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await postgres.stop();
});

interface Psql {
  readonly request: RequestView;
  /** What psql said, once it has ended. */
  readonly said: Promise<string>;
  readonly tunnel: LocalTunnel;
}

/** An account's psql, whose statement waits for a reviewer. */
async function held(statement: string, account = 'engineer'): Promise<Psql> {
  const client = gateway.client(account);
  const { id } = await client.openTunnel({ connection: 'pg-test', mode: 'live' });
  const tunnel = await openLocalTunnel({
    transport: { open: (signal) => client.openStream(id, signal) },
    listen: { kind: 'port', port: 0 },
    refuse: async (stream) => void stream.destroy(),
    onWarning: () => {},
  });
  if (tunnel.place.kind !== 'port') throw new Error('no port');
  const url = `postgres://127.0.0.1:${tunnel.place.port}/app?sslmode=disable`;
  const said = new Promise<string>((resolve) => {
    execFile('psql', ['-X', url, '-c', statement], (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
  let request: RequestView | undefined;
  await expect
    .poll(
      async () => {
        const { items } = await gateway.client('reviewer2').listRequests({ state: ['pending'] });
        request = items.find(({ summary }) => summary.includes(statement));
        return request?.state;
      },
      { timeout: 20_000 },
    )
    .toBe('pending');
  if (request === undefined) throw new Error('not held');
  return { request, said, tunnel };
}

/** The same, approved and running at the server. */
async function running(statement: string, account?: string): Promise<Psql> {
  const psql = await held(statement, account);
  const { id, digest } = psql.request;
  await gateway.client('reviewer2').decide(id, { kind: 'approve', digest });
  await expect.poll(() => atServer(statement), { timeout: 20_000 }).toBe(1);
  return psql;
}

async function atServer(statement: string): Promise<number> {
  const rows = await postgres.query(
    `select 1 from pg_stat_activity where state = 'active' and query = '${statement}'`,
  );
  return rows.length;
}

describe('taking back an approval whose statement runs', () => {
  it('pitfall 44: ends its session within a second, and psql is told by whom and why', async () => {
    const statement = 'select pg_sleep(61)';
    const { request, said, tunnel } = await running(statement);
    const asked = performance.now();
    const after = await gateway.client('reviewer').cancelRequest(request.id, 'the wrong table');
    expect(await said).toContain('revoked by reviewer@demo.invalid: the wrong table');
    expect(performance.now() - asked).toBeLessThan(1_000);
    expect(['failed', 'unknown']).toContain(after.state);
    await expect.poll(() => atServer(statement)).toBe(0);
    const { items } = await gateway.client('engineer').listSessions();
    expect(items).toEqual([]);
    await tunnel.close();
  }, 40_000);

  it('is also for its own requester', async () => {
    const { request, said, tunnel } = await running('select pg_sleep(62)');
    await gateway.client('engineer').cancelRequest(request.id);
    expect(await said).toContain('revoked by engineer');
    await tunnel.close();
  }, 40_000);

  it('is for operators, and for no other bystander', async () => {
    const statement = 'select pg_sleep(63)';
    const { request, said, tunnel } = await running(statement, 'reviewer');
    const bystander = gateway.client('engineer');
    await expect(bystander.cancelRequest(request.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await atServer(statement)).toBe(1);
    gateway.configure((config) => ({
      ...config,
      gateway: { ...config.gateway, operators: ['engineering'] },
    }));
    await gateway.reload();
    await bystander.cancelRequest(request.id);
    expect(await said).toContain('revoked by engineer');
    await tunnel.close();
  }, 40_000);

  it('leaves alone what has come to its end, and the session that ran it', async () => {
    const { request, said, tunnel } = await held('select 64');
    const { id, digest } = request;
    await gateway.client('reviewer').decide(id, { kind: 'approve', digest });
    expect(await said).toContain('64');
    await expect(gateway.client('reviewer').cancelRequest(id)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: 'it is succeeded',
    });
    await tunnel.close();
  }, 40_000);

  it('pitfall 46: has one outcome when it comes with the approval', async () => {
    for (const pauseMs of [0, 2, 5, 10, 20]) {
      const { request, said, tunnel } = await held('select pg_sleep(65)');
      const { id, digest } = request;
      const reviewer = gateway.client('reviewer');
      await reviewer.decide(id, { kind: 'approve', digest });
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      const { state } = await reviewer.cancelRequest(id, 'no');
      expect(['revoked', 'failed', 'unknown']).toContain(state);
      expect(await said).toMatch(/revoked/);
      await expect.poll(() => atServer('select pg_sleep(65)')).toBe(0);
      await tunnel.close();
    }
  }, 60_000);
});

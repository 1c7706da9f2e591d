import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import Database from 'libsql';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Unmask } from '../../src/core/masking.ts';
import { Secret } from '../../src/core/secret.ts';
import { loadAdapters } from '../../src/gateway/adapters.ts';
import { verifyAudit } from '../../src/gateway/audit-tools.ts';
import { openLocalTunnel } from '../../src/tunnel/local-tunnel.ts';
import { ruleWith } from '../masking/questions.ts';
import { type PostgresPeer, startPostgres } from '../peers/postgres.ts';
import { describeWith } from '../peers/require-peer.ts';
import { type StartedGateway, startedGateway } from './started-gateway.ts';

const planted = 'zq7-planted@secret.test';
const hour = 3_600_000;

let postgres: PostgresPeer;
let gateway: StartedGateway;

async function masks(unmask: Unmask | null, revision: string): Promise<void> {
  gateway.configure((config) => {
    const before = config.connections['pg-test'];
    if (before?.type !== 'postgres') throw new Error('no connection');
    const { host, port, database, user } = postgres;
    const password = new Secret(postgres.password);
    const connection = { ...before, host, port, database, user, password };
    return {
      ...config,
      revision,
      connections: { 'pg-test': connection },
      masking: { rules: [ruleWith({ columns: ['people.email'], unmask })], key: null },
    };
  });
  expect(await gateway.reload()).toBe(true);
}

describeWith(['postgres'], 'masks that an approval lifts for a time', () => {
  beforeAll(async () => {
    postgres = await startPostgres();
    await postgres.query('create table people (id int, email text)');
    await postgres.query(`insert into people values (1, '${planted}')`);
    gateway = await startedGateway({
      adapters: await loadAdapters(),
      rules: [
        { name: 'reads', sql: { class: ['read', 'session'] }, then: 'allow' },
        { name: 'writes', sql: { class: ['write'] }, then: 'review', chain: 'dba' },
      ],
      operators: ['dba'],
    });
  }, 90_000);

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await postgres.stop();
  });

  describe('are not lifted', () => {
    it('where no rule says that they can be', async () => {
      await masks(null, 'sha256:never');
      await expect(gateway.client('engineer').unmask('pg-test')).rejects.toMatchObject({
        code: 'ACCESS_DENIED',
      });
      await expect(gateway.client('engineer').unmask('nosuch')).rejects.toMatchObject({
        code: 'CONNECTION_UNKNOWN',
      });
    });

    it('by asking, by oneself, or when it is denied', async () => {
      await masks({ chain: 'dba', forMs: hour }, 'sha256:denied');
      const asked = await gateway.client('engineer').unmask('pg-test', 'to look');
      expect(asked).toMatchObject({ state: 'pending', reason: 'to look' });
      // Asked again it is the same one.
      expect((await gateway.client('engineer').unmask('pg-test')).id).toBe(asked.id);
      expect(await emailSeenBy('engineer')).toBe('[masked]');
      const { id, digest } = asked;
      await expect(
        gateway.client('engineer').decide(id, { kind: 'approve', digest }),
      ).rejects.toThrow();
      await gateway.client('reviewer').decide(id, { kind: 'deny', digest, reason: 'no' });
      expect(await emailSeenBy('engineer')).toBe('[masked]');
    });
  });

  it('are lifted by the approval, for its requester, in sessions that begin then', async () => {
    await masks({ chain: 'dba', forMs: hour }, 'sha256:lifted');
    await using before = await session('engineer');
    const id = await granted();
    expect(await emailSeenBy('engineer')).toBe(planted);
    expect(await emailSeenBy('reviewer')).toBe('[masked]');
    expect(await before.email()).toBe('[masked]');
    await using open = await session('engineer');
    expect(await open.email()).toBe(planted);
    await expect(open.client.query('select email::int from people')).rejects.toThrow(planted);
    expect(await outcomeOf(open, "update people set id = email::int where email ~ 'zq7'")).toEqual({
      ...{ message: 'not recorded: masks were lifted', targetCode: '22P02', rowCount: null },
    });
    const { items } = await gateway.client('engineer').listSessions();
    expect(items.map(({ unmaskedBy }) => unmaskedBy).sort()).toEqual([null, id].sort());
    const shown = await gateway.client('engineer').listRecordings({ connection: 'pg-test' });
    expect(shown.items.filter(({ unmaskedBy }) => unmaskedBy === id).length).toBe(2);
    // Revoked: it ends now, and the next session is masked.
    await gateway.client('reviewer').cancelRequest(id, 'enough');
    expect(await open.ended).toContain('the grant that lifted masks has ended');
    expect(await before.email()).toBe('[masked]');
    expect(await emailSeenBy('engineer')).toBe('[masked]');
  });

  it('end with their time, which began at the approval and not with a connection', async () => {
    await masks({ chain: 'dba', forMs: 6_000 }, 'sha256:short');
    const id = await granted();
    const { runBefore, decisions } = await gateway.client('engineer').request(id);
    const from = Date.parse(decisions[0]?.at ?? '');
    expect(Date.parse(runBefore ?? '') - from).toBe(6_000);
    await using open = await session('engineer');
    expect(await open.email()).toBe(planted);
    expect((await gateway.client('engineer').request(id)).runBefore).toBe(runBefore);
    expect(await open.ended).toContain('the grant that lifted masks has ended');
    expect(Date.now()).toBeGreaterThanOrEqual(from + 6_000);
    expect(await emailSeenBy('engineer')).toBe('[masked]');
    await expect
      .poll(async () => (await gateway.client('engineer').request(id)).state)
      .toBe('expired');
  });

  it('are masked again when the rules say something else', async () => {
    await masks({ chain: 'dba', forMs: hour }, 'sha256:before');
    const id = await granted();
    expect(await emailSeenBy('engineer')).toBe(planted);
    await masks({ chain: 'dba', forMs: hour / 2 }, 'sha256:after');
    expect(await emailSeenBy('engineer')).toBe('[masked]');
    await gateway.client('engineer').cancelRequest(id);
  });

  it('are not lifted by a store that cannot tell: the session is refused', async () => {
    await masks({ chain: 'dba', forMs: hour }, 'sha256:store');
    const id = await granted();
    expect(await emailSeenBy('engineer')).toBe(planted);
    const store = new Database(path.join(gateway.folder, 'hoopx.db'));
    store.exec('alter table requests rename to lost');
    try {
      await expect(emailSeenBy('engineer')).rejects.toThrow('store');
    } finally {
      store.exec('alter table lost rename to requests');
      store.close();
    }
    await gateway.client('reviewer').cancelRequest(id);
    expect(await emailSeenBy('engineer')).toBe('[masked]');
  });

  it('are told by the log, and no recording and no log holds what they showed', async () => {
    await gateway.stop();
    const files = await everyFile(gateway.folder);
    const verified = await verifyAudit({
      ...{ folder: path.join(gateway.folder, 'audit'), config: undefined, key: null },
      ...{ anchors: [], reviewerKeys: null, since: null, recordings: null },
    });
    expect(verified).toMatchObject({ verdict: 'no_anchor', findings: [] });
    const log = files.filter(({ name }) => name.includes(`${path.sep}audit${path.sep}`));
    expect(log.map(({ text }) => text).join()).toContain('"unmaskedBy":"req_');
    expect(files.filter(({ text }) => text.includes(planted)).map(({ name }) => name)).toEqual([]);
    expect(files.some(({ text }) => text.includes('not recorded: masks were lifted'))).toBe(true);
    await gateway.start();
  });
});

async function granted(): Promise<string> {
  const { id, digest } = await gateway.client('engineer').unmask('pg-test');
  await gateway.client('reviewer').decide(id, { kind: 'approve', digest });
  return id;
}

/** What is kept of a statement that a reviewer approved, and that fails with what it read. */
async function outcomeOf({ client }: Awaited<ReturnType<typeof session>>, sql: string) {
  const reviewer = gateway.client('reviewer');
  const failed = expect(client.query(sql)).rejects.toThrow(planted);
  const pending = async () => (await reviewer.listRequests({ state: ['pending'] })).items;
  await expect.poll(async () => (await pending()).length, { timeout: 20_000 }).toBe(1);
  const id = (await pending())[0]?.id ?? '';
  await reviewer.decide(id, { kind: 'approve', digest: (await reviewer.request(id)).digest });
  await failed;
  return (await reviewer.request(id)).outcome;
}

async function emailSeenBy(account: string): Promise<string> {
  await using open = await session(account);
  return await open.email();
}

async function session(account: string) {
  const client = gateway.client(account);
  const { id } = await client.openTunnel({ connection: 'pg-test', mode: 'live' });
  const tunnel = await openLocalTunnel({
    transport: { open: (signal) => client.openStream(id, signal) },
    listen: { kind: 'port', port: 0 },
    refuse: async (stream) => void stream.destroy(),
    onWarning: () => {},
  });
  if (tunnel.place.kind !== 'port') throw new Error('no port');
  const postgresClient = new pg.Client(`postgres://hoopx@127.0.0.1:${tunnel.place.port}/app`);
  const ended = new Promise<string>((resolve) => {
    postgresClient.on('error', (error) => resolve(error.message));
    postgresClient.once('end', () => resolve('ended'));
  });
  await postgresClient.connect().catch(async (error: unknown) => {
    await tunnel.close();
    throw error;
  });
  return {
    client: postgresClient,
    ended,
    async email(): Promise<string> {
      const { rows } = await postgresClient.query('select email from people');
      return rows[0].email;
    },
    async [Symbol.asyncDispose]() {
      await postgresClient.end().catch(() => {});
      await tunnel.close();
      await client.closeTunnel(id).catch(() => {});
    },
  };
}

async function everyFile(folder: string) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  return Promise.all(names.map(async (name) => ({ name, text: await readFile(name, 'latin1') })));
}

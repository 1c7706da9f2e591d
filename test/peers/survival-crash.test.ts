import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { resultSchema } from '../exec/exec-bench.ts';
import { describeWith } from './require-peer.ts';
import { type RunningSystem, startSystem } from './running-system.ts';

/** What is held or running when the gateway, or the server, is killed. */
describeWith(['postgres', 'psql'], 'after a crash', () => {
  let system: RunningSystem;
  beforeAll(async () => {
    system = await startSystem();
  });
  afterAll(() => system[Symbol.asyncDispose]());
  beforeEach(async () => {
    await system.postgres.query('drop table if exists accounts');
    await system.postgres.query('create table accounts (id int)');
    await system.postgres.query('drop table if exists gate');
    await system.postgres.query('create table gate as select 1 as id');
  });

  /** Until it opens, whoever reads `gate` waits. */
  async function closedGate() {
    const { socketFolder: host, port, user, database } = system.postgres;
    const client = new pg.Client({ host, port, user, database });
    await client.connect();
    await client.query('begin; lock table gate in access exclusive mode');
    return { [Symbol.asyncDispose]: () => client.end(), open: () => client.query('commit') };
  }

  async function rows(): Promise<number> {
    const [row] = await system.postgres.query('select count(*)::int n from accounts');
    return Number(row?.n);
  }

  async function serverRuns(text: string): Promise<void> {
    const sql =
      "select 1 from pg_stat_activity where state = 'active' and query like $1 and pid <> pg_backend_pid()";
    const seen = async () => (await system.postgres.query(sql, [`${text}%`])).length;
    await expect.poll(seen, { timeout: 20_000 }).toBe(1);
  }

  const psql = (port: number, ...args: string[]) => {
    const where = `host=127.0.0.1 port=${port} user=x dbname=app sslmode=disable`;
    return system.spawn('psql', ['-X', '-v', 'VERBOSITY=verbose', '-d', where, ...args]);
  };

  test('of the gateway while a live statement is held: it is cancelled, and never runs', async () => {
    const tunnel = await system.connect('engineer');
    const client = psql(tunnel.port, '-c', 'insert into accounts values (1)');
    const { id } = await system.held();
    await system.gateway.kill9();
    const { code, stderr } = await client.ended;
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/server closed the connection|connection to server was lost|FATAL/);
    await system.gateway.start();
    const cancelled = await system.reached(id, 'cancelled');
    expect(cancelled.outcome?.message).toContain('restarted');
    await expect(system.approve(id)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await rows()).toBe(0);
    // The same port serves the next client.
    const next = await psql(tunnel.port, '-A', '-t', '-c', 'select 42').ended;
    expect(next.stdout).toBe('42\n');
    tunnel.child.kill('SIGINT');
    expect((await tunnel.ended).code).toBe(0);
  }, 60_000);

  test('of the gateway while a claimable one is held: it stays, is approved, runs once', async () => {
    const args = ['exec', 'pg-test', '--json', '--wait', '1m', 'insert into accounts values (2)'];
    const asked = await system.start('engineer', args);
    await asked.said('held for approval');
    const { id } = await system.held();
    await system.gateway.kill9();
    await system.gateway.start();
    const ran = await asked.ended;
    const result = resultSchema.parse(JSON.parse(ran.stdout));
    expect(ran.code).toBe(75);
    expect(result).toMatchObject({ requestId: id, status: 'pending' });
    await system.approve(id);
    await system.gateway.kill9();
    await system.gateway.start();
    const claimed = await (await system.start('engineer', args)).ended;
    expect(claimed.code).toBe(0);
    expect(resultSchema.parse(JSON.parse(claimed.stdout)).requestId).toBe(id);
    expect(await rows()).toBe(1);
    await system.reached(id, 'succeeded');
  }, 90_000);

  test('of the gateway while it runs: unknown to everyone, and never tried again', async () => {
    await using gate = await closedGate();
    const insert = 'insert into accounts select 3 from gate';
    const args = ['exec', 'pg-test', '--json', '--wait', '1m', insert];
    const asked = await system.start('engineer', args);
    const { id } = await system.held();
    await system.approve(id);
    await serverRuns('insert into accounts select 3');
    await system.gateway.kill9();
    await system.gateway.start();
    await gate.open();
    const ran = await asked.ended;
    expect(ran.code).toBe(84);
    expect(resultSchema.parse(JSON.parse(ran.stdout))).toMatchObject({
      requestId: id,
      status: 'unknown',
      final: true,
    });
    await system.reached(id, 'unknown');
    expect((await system.run('engineer', 'requests', 'wait', id)).code).toBe(84);
    const again = await system.run('engineer', 'exec', 'pg-test', '--no-wait', insert);
    expect(again.code).toBe(75);
    const next = await system.held();
    expect(next.id).not.toBe(id);
    await system.client('engineer').cancelRequest(next.id);
    expect(await rows()).toBeLessThan(2);
  }, 90_000);

  test('of the gateway for good while it runs: 84, not 69', async () => {
    await using _gate = await closedGate();
    const insert = 'insert into accounts select 4 from gate';
    const args = ['exec', 'pg-test', '--json', '--wait', '1m', insert];
    const asked = await system.start('engineer', args);
    const { id } = await system.held();
    await system.approve(id);
    await serverRuns('insert into accounts select 4');
    await system.gateway.kill9();
    const ran = await asked.ended;
    await system.gateway.start();
    expect(ran.code).toBe(84);
    expect(JSON.parse(ran.stdout)).toMatchObject({ status: 'unknown', requestId: id });
  }, 90_000);

  test('of PostgreSQL: sessions are told, running is not taken for done, new ones work', async () => {
    const tunnel = await system.connect('engineer');
    const held = psql(tunnel.port, '-c', 'insert into accounts values (5)');
    const { id } = await system.held();
    const insert = 'insert into accounts select 6 from pg_sleep(20)';
    const running = await system.start('engineer', ['exec', 'pg-test', '--wait', '1m', insert]);
    await expect.poll(async () => (await pending()).length, { timeout: 20_000 }).toBe(2);
    const other = (await pending()).find((request) => request.id !== id);
    if (other === undefined) throw new Error('no second request');
    await system.approve(other.id);
    await serverRuns('insert into accounts select 6');
    await system.postgres.kill9();
    await system.postgres.restart();
    const told = await held.ended;
    expect(told.code).not.toBe(0);
    expect(told.stderr).toMatch(/FATAL: +(08001: hoopx: .*server|57P0[12]: )/);
    expect([1, 84]).toContain((await running.ended).code);
    await system.reached(id, 'cancelled');
    const ended = await system.reached(other.id, 'failed', 'unknown');
    expect(ended.outcome?.message).not.toBeNull();
    const next = await psql(tunnel.port, '-A', '-t', '-c', 'select 42').ended;
    expect(next).toMatchObject({ code: 0, stdout: '42\n' });
    expect(await rows()).toBe(0);
    tunnel.child.kill('SIGINT');
    await tunnel.ended;
  }, 90_000);

  async function pending() {
    return (await system.client('reviewer').listRequests({ state: ['pending'] })).items;
  }
});

import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeWith } from '../peers/require-peer.ts';
import { type ExecBench, startExecBench } from './exec-bench.ts';
import { accounts, refill, until, withRules } from './exec-setting.ts';

describeWith(['postgres'], 'exec that is cut short', () => {
  let bench: ExecBench;

  beforeAll(async () => {
    bench = await startExecBench();
  });
  afterAll(() => bench[Symbol.asyncDispose]());
  beforeEach(() => refill(bench));

  it('stops at its time limit: 124, held or running', async () => {
    const held = await bench.ask('engineer', 'delete from accounts', { timeout: 3_000 });
    expect(held).toMatchObject({ code: 124, result: { status: 'cancelled', final: true } });
    const stored = await bench.gateway.client('engineer').request(String(held.result.requestId));
    expect(stored.state).toBe('cancelled');
    await withRules(
      bench,
      [{ name: 'all', sql: { class: ['opaque', 'read'] }, then: 'allow' }],
      async () => {
        const running = await bench.ask('engineer', 'select pg_sleep(30)', { timeout: 3_000 });
        expect(running).toMatchObject({ code: 124, result: { child: { sqlstate: '57014' } } });
      },
    );
  });

  it('has failed when the server says so as it ends the session: 1', async () => {
    const { asked, backend } = await runningInsert();
    await bench.postgres.query('select pg_terminate_backend($1)', [backend]);
    expect(await asked).toMatchObject({ code: 1, result: { child: { sqlstate: '57P01' } } });
    expect(await accounts(bench)).toBe(5);
  });

  it('does not know the outcome when the server dies while it runs: 84, and no retry', async () => {
    const { asked, backend } = await runningInsert();
    // This server commits without waiting for its log: a crash would take the table with it.
    await bench.postgres.query('checkpoint');
    process.kill(backend, 'SIGKILL');
    const { code, result } = await asked;
    expect({ code, status: result.status }).toEqual({ code: 84, status: 'unknown' });
    expect(result).toMatchObject({ final: true, next: `hoopx requests show ${result.requestId}` });
    await until(() =>
      accounts(bench).then(
        (count) => count === 5,
        () => false,
      ),
    );
  });

  async function runningInsert() {
    const asked = bench.ask('engineer', 'insert into accounts select 9 from pg_sleep(30)');
    await bench.approve((await bench.held()).id);
    let backend = 0;
    await until(async () => {
      const [row] = await bench.postgres.query(
        "select pid from pg_stat_activity where query like 'insert%pg_sleep%' and state = 'active'",
      );
      backend = Number(row?.pid ?? 0);
      return backend > 0;
    });
    return { asked, backend };
  }
});

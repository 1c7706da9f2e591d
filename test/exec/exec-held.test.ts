import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeWith } from '../peers/require-peer.ts';
import { type ExecBench, startExecBench } from './exec-bench.ts';
import { accounts, pause, refill, until, withChain, withRules } from './exec-setting.ts';

describeWith(['postgres'], 'exec of what is held', () => {
  let bench: ExecBench;

  beforeAll(async () => {
    bench = await startExecBench();
  });
  afterAll(() => bench[Symbol.asyncDispose]());
  beforeEach(() => refill(bench));

  it('answers 75 with the request when nobody approved in time; at once with --no-wait', async () => {
    const before = performance.now();
    const { code, result } = await bench.ask('engineer', 'delete from accounts', { wait: 600 });
    expect(code).toBe(75);
    expect(performance.now() - before).toBeGreaterThan(600);
    expect(result).toMatchObject({
      status: 'pending',
      final: false,
      source: 'hoopx',
      pollAfterMs: 5000,
      next: `hoopx requests wait ${result.requestId}`,
      policy: { rules: ['writes need a DBA'] },
    });
    expect(result.expiresAt).not.toBeNull();
    const start = performance.now();
    const again = await bench.ask('engineer', 'delete from accounts', { 'no-wait': true });
    expect(again).toMatchObject({ code: 75, result: { requestId: result.requestId } });
    expect(performance.now() - start).toBeLessThan(2_000);
    expect(await accounts(bench)).toBe(5);
    await bench.gateway.client('engineer').cancelRequest(String(result.requestId));
  });

  it('waits in a terminal for as long as it takes, and shows what for, live', async () => {
    const stages = [{ groups: ['dba'], count: 2 }];
    const times = { approveWithinMs: 60_000, runWithinMs: 60_000 };
    await withChain(bench, { stages, ...times, fallback: 'deny' }, async () => {
      const asked = bench.exec('engineer', 'delete from accounts', {}, true);
      const request = await bench.held();
      await pause(1_500);
      await bench.decide('reviewer', request, 'approve');
      await pause(300);
      await bench.decide('reviewer2', request, 'approve');
      const { code, stdout, talk } = await asked;
      expect([code, stdout]).toEqual([0, 'DELETE 5\n']);
      const lines = talk.split('\n');
      expect(lines[0]).toMatch(`hoopx: held for approval (${request.id}), until 2`);
      expect(lines).toContain('  rule: writes need a DBA');
      expect(lines).toContain('  needs: 2 of group dba (chain dba)');
      expect(lines).toContain(`  a reviewer runs: hoopx approve ${request.id}`);
      expect(talk).toContain(`hoopx: still held (${request.id}); needs: 2 of group dba`);
      expect(talk).toMatch(/approved by reviewer@demo.invalid; still needs: 1 of group dba/);
    });
  });

  it('runs once when repeated after the approval; the next repeat is a new request', async () => {
    const sql = 'insert into accounts values (6)';
    const first = await bench.ask('engineer', sql, { 'no-wait': true });
    expect(first.code).toBe(75);
    await bench.approve(String(first.result.requestId));
    const second = await bench.ask('engineer', sql);
    expect(second).toMatchObject({
      code: 0,
      result: {
        requestId: first.result.requestId,
        status: 'succeeded',
        decision: { kind: 'approve' },
        result: { rowCount: 1 },
      },
    });
    expect(await accounts(bench)).toBe(6);
    const third = await bench.ask('engineer', sql, { 'no-wait': true });
    expect(third.code).toBe(75);
    expect(third.result.requestId).not.toBe(first.result.requestId);
    expect(await accounts(bench)).toBe(6);
    await bench.gateway.client('engineer').cancelRequest(String(third.result.requestId));
  });

  it('returns the stored result under an idempotency key, and never runs again', async () => {
    const sql = 'delete from accounts where id < 4';
    const flags = { 'idempotency-key': 'stored' };
    const first = await bench.ask('engineer', sql, { ...flags, 'no-wait': true });
    await bench.approve(String(first.result.requestId));
    expect((await bench.ask('engineer', sql, flags)).code).toBe(0);
    await bench.postgres.query('insert into accounts select generate_series(1, 3)');
    const again = await bench.ask('engineer', sql, flags);
    expect(again).toMatchObject({
      code: 0,
      result: {
        requestId: first.result.requestId,
        status: 'succeeded',
        result: { rowCount: 3, truncated: true },
      },
    });
    expect(await accounts(bench)).toBe(5);
    const failing = { ...flags, 'idempotency-key': 'fails' };
    const asked = bench.ask('engineer', 'insert into accounts values (1/0)', failing);
    await bench.approve((await bench.held()).id);
    expect((await asked).code).toBe(1);
    const stored = await bench.ask('engineer', 'insert into accounts values (1/0)', failing);
    expect(stored).toMatchObject({ code: 1, result: { child: { sqlstate: '22012' } } });
  });

  it('joins two that wait for the same: one execution, one outcome for both', async () => {
    const sql = 'insert into accounts values (7)';
    const both = [bench.ask('engineer', sql), bench.ask('engineer', sql)];
    const { id } = await bench.held();
    await until(async () => (await sessions()).length === 2);
    await bench.approve(id);
    const [one, two] = await Promise.all(both);
    expect([one?.code, two?.code]).toEqual([0, 0]);
    expect([one?.result.requestId, two?.result.requestId]).toEqual([id, id]);
    expect(await accounts(bench)).toBe(6);
  });

  it('asks anew for other parameters, for another principal, and under a changed chain', async () => {
    const sql = 'delete from accounts where id = $1';
    const ask = (account: string, value: string) =>
      bench.ask(account, sql, { param: [value], 'no-wait': true });
    const first = await ask('engineer', '1');
    await bench.approve(String(first.result.requestId));
    const others = [await ask('engineer', '2'), await ask('ci', '1')];
    const stages = [{ groups: ['dba'], count: 2 }];
    const chain = {
      stages,
      approveWithinMs: 60_000,
      runWithinMs: 60_000,
      fallback: 'deny',
    } as const;
    await withChain(bench, chain, async () => {
      others.push(await ask('engineer', '1'));
      const ids = [first, ...others].map(({ result }) => result.requestId);
      expect(others.map(({ code }) => code)).toEqual([75, 75, 75]);
      expect(new Set(ids).size).toBe(4);
      expect(await accounts(bench)).toBe(5);
      for (const { result } of others) {
        await bench.gateway.client('engineer').cancelRequest(String(result.requestId));
      }
    });
  });

  it('is denied at the claim when the rules deny it by then: 77', async () => {
    const sql = 'delete from accounts';
    const first = await bench.ask('engineer', sql, { 'no-wait': true });
    await bench.approve(String(first.result.requestId));
    const rules = [{ name: 'frozen', sql: { class: ['write'] }, then: 'deny' }] as const;
    await withRules(bench, rules, async () => {
      const { code, result } = await bench.ask('engineer', sql);
      expect({ code, rules: result.policy.rules }).toEqual({ code: 77, rules: ['frozen'] });
    });
    expect(await accounts(bench)).toBe(5);
    await bench.gateway.client('engineer').cancelRequest(String(first.result.requestId));
  });

  it('is not swayed by variables of pg in the environment', async () => {
    const sql = 'delete from accounts where id = 77';
    const first = await bench.ask('engineer', sql, { 'no-wait': true });
    const variables = { PGOPTIONS: '-c work_mem=1MB', PGAPPNAME: 'x', PGREPLICATION: 'true' };
    Object.assign(process.env, { ...variables, PGSSLNEGOTIATION: 'direct', PGSSLMODE: 'require' });
    try {
      const again = await bench.ask('engineer', sql, { 'no-wait': true });
      expect(again.result.requestId).toBe(first.result.requestId);
    } finally {
      for (const name of [...Object.keys(variables), 'PGSSLNEGOTIATION', 'PGSSLMODE']) {
        delete process.env[name];
      }
    }
    await bench.gateway.client('engineer').cancelRequest(String(first.result.requestId));
  });

  it('survives a stop of the gateway between asking, approving and claiming', async () => {
    const sql = 'insert into accounts values (8)';
    const asked = bench.ask('engineer', sql, { wait: 30_000 });
    const { id } = await bench.held();
    await bench.gateway.stop();
    await bench.gateway.start();
    expect(await asked).toMatchObject({ code: 75, result: { requestId: id, status: 'pending' } });
    await bench.approve(id);
    await bench.gateway.stop();
    await bench.gateway.start();
    const claimed = await bench.ask('engineer', sql);
    expect(claimed).toMatchObject({ code: 0, result: { requestId: id, status: 'succeeded' } });
    expect(await accounts(bench)).toBe(6);
  });

  async function sessions() {
    return (await bench.gateway.client('engineer').listSessions()).items.filter(
      ({ holding }) => holding !== null,
    );
  }
});

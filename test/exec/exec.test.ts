import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeWith } from '../peers/require-peer.ts';
import { type ExecBench, startExecBench } from './exec-bench.ts';

describeWith(['postgres'], 'exec at a real gateway', () => {
  let bench: ExecBench;
  let folder: string;

  beforeAll(async () => {
    bench = await startExecBench();
    folder = await mkdtemp(path.join(tmpdir(), 'hoopx-exec-'));
  });
  afterAll(async () => {
    await bench[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  beforeEach(async () => {
    await bench.postgres.query('drop table if exists accounts');
    await bench.postgres.query('create table accounts as select g id from generate_series(1, 5) g');
  });

  async function accounts(): Promise<number> {
    const [row] = await bench.postgres.query('select count(*)::int n from accounts');
    return Number(row?.n);
  }

  it('is denied by policy: 77, final, nothing ran', async () => {
    const { code, result } = await bench.ask('engineer', 'drop table accounts');
    expect(code).toBe(77);
    expect(result).toMatchObject({
      status: 'denied',
      final: true,
      source: 'hoopx',
      requestId: null,
      policy: { rules: ['no drops'] },
      result: null,
      child: null,
    });
    expect(await accounts()).toBe(5);
    const told = await bench.exec('engineer', 'drop table accounts');
    expect(told.stdout).toBe('');
    expect(told.talk).toContain('no drops here');
  });

  it('is denied by policy when it does not parse, and when no rule covers it', async () => {
    expect((await bench.ask('engineer', 'selec 1')).code).toBe(77);
    expect((await bench.ask('engineer', 'grant all on accounts to public')).code).toBe(77);
  });

  it('is denied by a reviewer: 80, with the decision and their words', async () => {
    const asked = bench.ask('engineer', 'delete from accounts');
    await bench.decide('reviewer', await bench.held(), 'deny', 'not today');
    const { code, result } = await asked;
    expect(code).toBe(80);
    expect(result).toMatchObject({
      status: 'denied',
      final: true,
      decision: { kind: 'deny', reason: 'not today' },
      expiresAt: null,
      next: null,
    });
    expect(await accounts()).toBe(5);
  });

  it('is told of requested changes: 81', async () => {
    const asked = bench.ask('engineer', 'delete from accounts');
    await bench.decide('reviewer', await bench.held(), 'request_changes', 'add a WHERE');
    expect(await asked).toMatchObject({ code: 81, result: { status: 'changes_requested' } });
  });

  it('expires while it waits: 82', async () => {
    const chain = { stages: [{ groups: ['dba'], count: 1 }], fallback: 'deny' } as const;
    await withChain({ ...chain, approveWithinMs: 400, runWithinMs: 60_000 }, async () => {
      const { code, result } = await bench.ask('engineer', 'delete from accounts');
      expect({ code, status: result.status }).toEqual({ code: 82, status: 'expired' });
    });
    expect(await accounts()).toBe(5);
  });

  it('is cancelled by another, the owner of the agent: 82', async () => {
    const asked = bench.ask('agent', 'delete from accounts');
    const { id } = await bench.held();
    await bench.gateway.client('engineer').cancelRequest(id);
    expect(await asked).toMatchObject({ code: 82, result: { status: 'cancelled', final: true } });
  });

  it('is cancelled by its requester from elsewhere: 130', async () => {
    const asked = bench.ask('engineer', 'delete from accounts');
    const { id } = await bench.held();
    await bench.gateway.client('engineer').cancelRequest(id);
    expect(await asked).toMatchObject({ code: 130, result: { status: 'cancelled' } });
  });

  it('is asked anew after its approval was revoked', async () => {
    const first = await bench.ask('engineer', 'delete from accounts', { 'no-wait': true });
    const id = String(first.result.requestId);
    await bench.approve(id);
    await bench.gateway.client('reviewer').cancelRequest(id, 'a mistake');
    const again = await bench.ask('engineer', 'delete from accounts', { 'no-wait': true });
    expect(again.code).toBe(75);
    expect(again.result.requestId).not.toBe(id);
    expect(await accounts()).toBe(5);
    await bench.gateway.client('engineer').cancelRequest(String(again.result.requestId));
  });

  it.each([
    [['select 1', 'select 2'], {}, 'one argument'],
    [['select 1'], { file: 'also.sql' }, 'not both'],
    [['  \n '], {}, 'no SQL'],
    [[], { file: '/nonexistent/x.sql' }, 'cannot read'],
  ])('refuses %j %j as usage: 64', async (words, flags, message) => {
    const failure = await bench.exec('engineer', words, flags).catch((error) => error);
    expect(failure).toMatchObject({ exitCode: 64 });
    expect(String(failure)).toContain(message);
  });

  it('refuses a key that belongs to another operation: 64', async () => {
    const flags = { 'no-wait': true, 'idempotency-key': 'other digest' };
    const first = await bench.ask('engineer', 'delete from accounts', flags);
    const { code, result } = await bench.ask('engineer', 'delete from accounts where id=1', flags);
    expect({ code, status: result.status }).toEqual({ code: 64, status: 'failed' });
    await bench.gateway.client('engineer').cancelRequest(String(first.result.requestId));
  });

  it('needs a login: 4', async () => {
    const { runExecCommand } = await import('../../src/exec/exec-command.ts');
    const { createControlClient } = await import('../../src/control/client.ts');
    const { PassThrough } = await import('node:stream');
    const { ca } = bench.gateway.certificates;
    const { url } = bench.gateway;
    const running = runExecCommand({
      connection: 'pg-test',
      words: ['select 1'],
      flags: { json: false, csv: false, 'no-wait': false, 'max-rows': 1 },
      control: async () => createControlClient({ url, ca, token: async () => 'a.b.c' }),
      isTerminal: false,
      stdout: new PassThrough(),
      talk: () => {},
    });
    await expect(running).rejects.toMatchObject({ exitCode: 4 });
  });

  it('refuses COPY FROM STDIN, held or not: 64, and leaves nothing pending', async () => {
    const held = await bench.exec('engineer', 'copy accounts from stdin');
    expect(held.code).toBe(64);
    expect(held.talk).toContain('hoopx connect');
    const { items } = await bench.gateway.client('engineer').listRequests({ state: ['pending'] });
    expect(items).toEqual([]);
    await withRules(
      [{ name: 'all', sql: { class: ['write', 'read'] }, then: 'allow' }],
      async () => {
        const passed = await bench.exec('engineer', 'copy accounts from stdin');
        expect(passed.code).toBe(64);
        expect(passed.talk).toContain('hoopx connect');
      },
    );
    expect(await accounts()).toBe(5);
  });

  it('runs a read at once: JSON with its own types, everything else as text', async () => {
    const { code, result } = await bench.ask(
      'engineer',
      `select 1 i, 9007199254740993::int8 b, 1.50::numeric n, true t, null::text z, '{"a":[1]}'::jsonb j,
       '{"a":12345678901234567890}'::jsonb l, 'NaN'::float8 f, 'é😀' u, '2026-01-02'::date d`,
    );
    expect(code).toBe(0);
    expect(result).toMatchObject({
      status: 'succeeded',
      final: true,
      source: 'child',
      child: { exitCode: 0 },
      action: { connection: 'pg-test' },
    });
    expect(result.result).toEqual({
      columns: ['i', 'b', 'n', 't', 'z', 'j', 'l', 'f', 'u', 'd'],
      rows: [
        [
          ...[1, '9007199254740993', '1.50', true, null, { a: [1] }],
          ...['{"a": 12345678901234567890}', 'NaN', 'é😀', '2026-01-02'],
        ],
      ],
      rowCount: 1,
      truncated: false,
    });
  });

  it("reports the target's own error: 1, from the child", async () => {
    const { code, result } = await bench.ask('engineer', 'select * from nowhere');
    expect(code).toBe(1);
    expect(result).toMatchObject({
      status: 'failed',
      source: 'child',
      child: { exitCode: 1, sqlstate: '42P01' },
    });
    const told = await bench.exec('engineer', 'select * from nowhere');
    expect(told).toMatchObject({ code: 1, stdout: '' });
    expect(told.talk).toContain('ERROR 42P01: relation "nowhere" does not exist');
  });

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
    expect(await accounts()).toBe(5);
    await bench.gateway.client('engineer').cancelRequest(String(result.requestId));
  });

  it('waits in a terminal for as long as it takes, and shows what for, live', async () => {
    const stages = [{ groups: ['dba'], count: 2 }];
    const times = { approveWithinMs: 60_000, runWithinMs: 60_000 };
    await withChain({ stages, ...times, fallback: 'deny' }, async () => {
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
    expect(await accounts()).toBe(6);
    const third = await bench.ask('engineer', sql, { 'no-wait': true });
    expect(third.code).toBe(75);
    expect(third.result.requestId).not.toBe(first.result.requestId);
    expect(await accounts()).toBe(6);
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
    expect(await accounts()).toBe(5);
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
    expect(await accounts()).toBe(6);
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
    await withChain(chain, async () => {
      others.push(await ask('engineer', '1'));
      const ids = [first, ...others].map(({ result }) => result.requestId);
      expect(others.map(({ code }) => code)).toEqual([75, 75, 75]);
      expect(new Set(ids).size).toBe(4);
      expect(await accounts()).toBe(5);
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
    await withRules(rules, async () => {
      const { code, result } = await bench.ask('engineer', sql);
      expect({ code, rules: result.policy.rules }).toEqual({ code: 77, rules: ['frozen'] });
    });
    expect(await accounts()).toBe(5);
    await bench.gateway.client('engineer').cancelRequest(String(first.result.requestId));
  });

  it('stops at its time limit: 124, held or running', async () => {
    const held = await bench.ask('engineer', 'delete from accounts', { timeout: 700 });
    expect(held).toMatchObject({ code: 124, result: { status: 'cancelled', final: true } });
    const stored = await bench.gateway.client('engineer').request(String(held.result.requestId));
    expect(stored.state).toBe('cancelled');
    await withRules(
      [{ name: 'all', sql: { class: ['opaque', 'read'] }, then: 'allow' }],
      async () => {
        const running = await bench.ask('engineer', 'select pg_sleep(30)', { timeout: 700 });
        expect(running).toMatchObject({ code: 124, result: { child: { sqlstate: '57014' } } });
      },
    );
  });

  it('reads a file and several statements, prints tables, and CSV by RFC 4180', async () => {
    const file = path.join(folder, 'three.sql');
    await writeFile(
      file,
      `select 1 as a, null as b;\nselect 'x,"y"\n z' as "q,", '' as e, null as n`,
    );
    const table = await bench.exec('engineer', [], { file });
    expect(table).toMatchObject({ code: 0, talk: '' });
    expect(table.stdout).toMatch(/ a \| b\n---\+---\n 1 \|\n\(1 row\)\n/);
    const csv = await bench.exec('engineer', [], { file, csv: true });
    expect(csv.stdout).toBe('"q,",e,n\r\n"x,""y""\n z","",\r\n');
  });

  it('lets nothing from the target move the cursor', async () => {
    const { stdout, talk } = await bench.exec(
      'engineer',
      "select E'\\x1b[2J\\x1b]0;x\\x07' as bad, U&'\\202E' as bidi, E'a\\tb\\nc' as white",
    );
    expect(stdout).not.toContain('\u001b');
    expect(stdout).not.toContain('\u202e');
    expect(stdout).toContain('\\u{1b}[2J');
    expect(stdout).toContain('a\\tb\\nc');
    expect(talk).toBe('');
    const failing = await bench.exec('engineer', 'select "\u001b[31m"');
    expect(failing.talk).not.toContain('\u001b');
  });

  it('keeps --max-rows of a large result, and says that there were more', async () => {
    const sql = 'select g, g * 2 from generate_series(1, 300000) g';
    const { result } = await bench.ask('engineer', sql, { 'max-rows': 3 });
    expect(result.result).toMatchObject({ rowCount: 300_000, truncated: true });
    expect(result.result?.rows).toHaveLength(3);
    const csv = await bench.exec('engineer', sql, { 'max-rows': 2, csv: true });
    expect(csv.stdout.split('\r\n')).toHaveLength(4);
    expect(csv.talk).toContain('--max-rows');
  });

  it('writes COPY TO STDOUT to stdout as it comes', async () => {
    const sql = 'copy (select g from generate_series(1, 3) g) to stdout';
    expect(await bench.exec('engineer', sql)).toMatchObject({
      code: 0,
      stdout: '1\n2\n3\nCOPY 3\n',
    });
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
    expect(await accounts()).toBe(6);
  });

  it('has failed when the server says so as it ends the session: 1', async () => {
    const { asked, backend } = await runningInsert();
    await bench.postgres.query('select pg_terminate_backend($1)', [backend]);
    expect(await asked).toMatchObject({ code: 1, result: { child: { sqlstate: '57P01' } } });
    expect(await accounts()).toBe(5);
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
      accounts().then(
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

  async function sessions() {
    return (await bench.gateway.client('engineer').listSessions()).items.filter(
      ({ holding }) => holding !== null,
    );
  }

  type Chains = Parameters<Parameters<ExecBench['reload']>[0]>[0]['policy']['chains'];

  async function withChain(dba: NonNullable<Chains[string]>, work: () => Promise<void>) {
    let before: Chains = {};
    await bench.reload((config) => {
      before = config.policy.chains;
      return { ...config, policy: { ...config.policy, chains: { dba } } };
    });
    try {
      await work();
    } finally {
      const chains = before;
      await bench.reload((config) => ({ ...config, policy: { ...config.policy, chains } }));
    }
  }

  type Rules = Parameters<Parameters<ExecBench['reload']>[0]>[0]['policy']['rules'];

  async function withRules(rules: Rules, work: () => Promise<void>) {
    let before: Rules = [];
    await bench.reload((config) => {
      before = config.policy.rules;
      return { ...config, policy: { ...config.policy, rules } };
    });
    try {
      await work();
    } finally {
      const standing = before;
      await bench.reload((config) => ({
        ...config,
        policy: { ...config.policy, rules: standing },
      }));
    }
  }
});

async function until(what: () => Promise<boolean>): Promise<void> {
  await expect.poll(what, { timeout: 20_000, interval: 50 }).toBe(true);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

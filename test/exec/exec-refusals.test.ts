import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeWith } from '../peers/require-peer.ts';
import { databaseOnly, type ExecBench, startExecBench } from './exec-bench.ts';
import { accounts, refill, withChain, withRules } from './exec-setting.ts';

describeWith(['postgres'], 'exec that does not run', () => {
  let bench: ExecBench;

  beforeAll(async () => {
    bench = await startExecBench();
  });
  afterAll(() => bench[Symbol.asyncDispose]());
  beforeEach(() => refill(bench));

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
    expect(await accounts(bench)).toBe(5);
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
    expect(await accounts(bench)).toBe(5);
  });

  it('is told of requested changes: 81', async () => {
    const asked = bench.ask('engineer', 'delete from accounts');
    await bench.decide('reviewer', await bench.held(), 'request_changes', 'add a WHERE');
    expect(await asked).toMatchObject({ code: 81, result: { status: 'changes_requested' } });
  });

  it('expires while it waits: 82', async () => {
    const chain = { stages: [{ groups: ['dba'], count: 1 }], fallback: 'deny' } as const;
    await withChain(bench, { ...chain, approveWithinMs: 400, runWithinMs: 60_000 }, async () => {
      const { code, result } = await bench.ask('engineer', 'delete from accounts');
      expect({ code, status: result.status }).toEqual({ code: 82, status: 'expired' });
    });
    expect(await accounts(bench)).toBe(5);
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
    expect(await accounts(bench)).toBe(5);
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
      ...databaseOnly,
      connection: 'pg-test',
      words: ['select 1'],
      flags: { json: false, csv: false, 'no-wait': false, 'max-rows': 1, 'max-output': 1 },
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
      bench,
      [{ name: 'all', sql: { class: ['write', 'read'] }, then: 'allow' }],
      async () => {
        const passed = await bench.exec('engineer', 'copy accounts from stdin');
        expect(passed.code).toBe(64);
        expect(passed.talk).toContain('hoopx connect');
      },
    );
    expect(await accounts(bench)).toBe(5);
  });
});

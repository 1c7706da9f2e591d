import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { resultSchema } from '../exec/exec-bench.ts';
import { describeWith } from './require-peer.ts';
import { pause, type Ran, type RunningSystem, residentMb, startSystem } from './running-system.ts';

const insert = 'insert into accounts values (1)';

/** The built program, as scripts, CI jobs and agents run it. */
describeWith(['postgres'], 'hoopx exec', () => {
  let system: RunningSystem;
  beforeAll(async () => {
    system = await startSystem();
    await system.postgres.query('create table accounts (id int)');
  });
  afterAll(() => system[Symbol.asyncDispose]());
  beforeEach(async () => {
    await system.postgres.query('truncate accounts');
    const { items } = await system.client('engineer').listRequests({ state: ['pending'] });
    for (const { id } of items) await system.client('engineer').cancelRequest(id);
  });

  const exec = (account: string, ...args: string[]) =>
    system.run(account, 'exec', 'pg-test', ...args);
  const resultOf = ({ stdout }: Ran) => resultSchema.parse(JSON.parse(stdout));
  async function rows(): Promise<number> {
    const [row] = await system.postgres.query('select count(*)::int n from accounts');
    return Number(row?.n);
  }

  test('without a login: 4; without a gateway: 69; with nonsense: 64; and no prompt', async () => {
    const env = { HOOPX_TOKEN: '', HOOPX_GATEWAY: system.url };
    const nobody = await system.start('engineer', ['exec', 'pg-test', 'select 1'], { env });
    expect(await nobody.ended).toMatchObject({ code: 4, stdout: '' });
    const away = await exec('engineer', 'select 1', '--gateway', 'https://127.0.0.1:1', '--json');
    expect(away.code).toBe(69);
    expect(JSON.parse(away.stdout)).toMatchObject({ schema: 'hoopx.error/v1', exitCode: 69 });
    for (const wrong of [
      ['select 1', '--wait', 'soon'],
      ['select 1', '--max-rows', '0'],
      ['select 1', '--csv', '--json'],
      ['select 1', '--wait', '1s', '--no-wait'],
      ['select', '1'],
      ['-f', 'no-such-file.sql'],
    ]) {
      expect([wrong, (await exec('engineer', ...wrong)).code]).toEqual([wrong, 64]);
    }
    expect((await system.run('engineer', 'exec', 'pg-none', 'select 1')).code).toBe(64);
  });

  test('takes SQL as a word, after --, from a file and from standard input', async () => {
    const file = path.join(system.folder, 'one.sql');
    await writeFile(file, 'select 41 + 1 as a');
    const run = { code: 0, stdout: 'a\r\n42\r\n', stderr: '' };
    expect(await exec('ci', '--csv', 'select 41 + 1 as a')).toEqual(run);
    expect(await exec('ci', '--csv', '--', '-- a comment\nselect 41 + 1 as a')).toEqual(run);
    expect(await exec('ci', '--csv', '-f', file)).toEqual(run);
    const args = ['exec', 'pg-test', '--csv'];
    const piped = await system.start('ci', args, { input: 'select 41 + 1 as a' });
    expect(await piped.ended).toEqual(run);
    const values = ['--param', "x'; drop table accounts; --", '--param', '2'];
    const bound = await exec('ci', '--json', 'select $1::text as t, $2::int as i', ...values);
    expect(resultOf(bound).result?.rows).toEqual([["x'; drop table accounts; --", 2]]);
  });

  test('an agent whose host kills long commands asks, waits, and runs it again', async () => {
    const asked = await exec('agent', '--json', '--wait', '1s', insert);
    expect(asked.code).toBe(75);
    const { requestId: id, next } = resultOf(asked);
    expect(next).toBe(`hoopx requests wait ${id}`);
    const impatient = await system.run('agent', 'requests', 'wait', String(id), '--timeout', '1s');
    expect(impatient.code).toBe(75);
    // Its owner is the same person, and may not approve.
    const own = await system.run('engineer', 'approve', String(id), '--yes');
    expect(own.code).not.toBe(0);
    const waiting = system.run('agent', 'requests', 'wait', String(id));
    const approved = await system.run('reviewer', 'approve', String(id), '--yes');
    expect(approved.code).toBe(0);
    expect((await waiting).code).toBe(0);
    expect(await rows()).toBe(0);
    const ran = await exec('agent', '--json', '--wait', '1s', insert);
    expect([ran.code, resultOf(ran).requestId, await rows()]).toEqual([0, id, 1]);
    const again = await exec('agent', '--json', '--no-wait', insert);
    expect([again.code, await rows()]).toEqual([75, 1]);
    expect(resultOf(again).requestId).not.toBe(id);
  });

  test('Ctrl-C while it is held cancels the request: 130', async () => {
    const running = await system.start('engineer', ['exec', 'pg-test', '--wait', '1m', insert]);
    await running.said('held for approval');
    const { id } = await system.held();
    running.child.kill('SIGINT');
    expect((await running.ended).code).toBe(130);
    await system.reached(id, 'cancelled');
    expect(await rows()).toBe(0);
  });

  test('Ctrl-C while it runs stops it at the server: 130', async () => {
    const sql = 'select count(*) from generate_series(1, 100000000000)';
    const running = await system.start('engineer', ['exec', 'pg-test', '--json', sql]);
    await serverRuns('generate_series');
    running.child.kill('SIGINT');
    const ran = await running.ended;
    expect([ran.code, resultOf(ran).child?.sqlstate]).toEqual([130, '57014']);
  });

  test('a lost exec leaves its request pending, and one that is told to end says so: 75', async () => {
    const lost = await system.start('engineer', ['exec', 'pg-test', '--wait', '1m', insert]);
    await lost.said('held for approval');
    const { id } = await system.held();
    lost.child.kill('SIGKILL');
    await lost.ended;
    const args = ['exec', 'pg-test', '--json', '--wait', '1m', insert];
    const ended = await system.start('engineer', args);
    await ended.said('held for approval');
    ended.child.kill('SIGTERM');
    const ran = await ended.ended;
    expect([ran.code, resultOf(ran).requestId, resultOf(ran).status]).toEqual([75, id, 'pending']);
    expect((await system.client('engineer').request(id)).state).toBe('pending');
    await system.approve(id);
    await pause(500);
    expect(await rows()).toBe(0);
    expect((await exec('engineer', insert)).code).toBe(0);
    expect(await rows()).toBe(1);
  });

  test('a reader that leaves does not crash it: | head -1', async () => {
    const node = `'${process.execPath}' bin/run.js`;
    for (const sql of [
      'select g, repeat($$x$$, 100) from generate_series(1, 9999) g',
      'copy (select repeat($$x$$, 1000) from generate_series(1, 20000)) to stdout',
    ]) {
      const line = `${node} exec pg-test "${sql}" | head -1; echo "codes \${PIPESTATUS[*]}"`;
      const env = { HOOPX_TOKEN: await system.provider.tokenFor('ci') };
      const ran = await system.spawn('bash', ['-c', line.replaceAll('$$', '\\$\\$')], { env })
        .ended;
      expect(ran.stdout).toMatch(/codes 0 0\n$/);
      expect(ran.stderr).toBe('');
    }
  });

  test('results of any size take bounded memory', async () => {
    const sql = "copy (select repeat('x', 1000) from generate_series(1, 300000)) to stdout";
    const copy = await system.start('engineer', ['exec', 'pg-test', sql], { stdout: 'ignore' });
    const select = await system.start('engineer', [
      ...['exec', 'pg-test', '--csv', '--max-rows', '10'],
      "select repeat('x', 1000) from generate_series(1, 300000)",
    ]);
    const peaks: number[] = [0];
    const watch = setInterval(() => {
      for (const { child } of [copy, select]) {
        if (child.pid === undefined || child.exitCode !== null) continue;
        residentMb(child.pid, 'VmHWM').then(
          (peak) => peaks.push(peak),
          () => {},
        );
      }
    }, 50);
    expect([(await copy.ended).code, (await select.ended).code]).toEqual([0, 0]);
    clearInterval(watch);
    expect(Math.max(...peaks)).toBeGreaterThan(40);
    expect(Math.max(...peaks)).toBeLessThan(220);
  });

  test('a read ends the program at once: nothing keeps it waiting', async () => {
    const before = performance.now();
    expect((await exec('engineer', 'select 1')).code).toBe(0);
    expect(performance.now() - before).toBeLessThan(5_000);
  });

  async function serverRuns(text: string): Promise<void> {
    const sql =
      "select 1 from pg_stat_activity where state = 'active' and query like $1 and pid <> pg_backend_pid()";
    const seen = async () => (await system.postgres.query(sql, [`%${text}%`])).length;
    await expect.poll(seen, { timeout: 20_000 }).toBe(1);
  }
});

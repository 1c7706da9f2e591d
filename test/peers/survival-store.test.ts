import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'libsql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { resultSchema } from '../exec/exec-bench.ts';
import { describeWith } from './require-peer.ts';
import { type Ran, type RunningSystem, startSystem } from './running-system.ts';

const insert = 'insert into accounts values (1)';

/** A small disk of its own, where this user may mount one. */
const disk = mkdtempSync(path.join(tmpdir(), 'hoopx-disk-'));
const mounted = mount('-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk);

function mount(...args: string[]): boolean {
  try {
    execFileSync('mount', args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describeWith(['postgres'], 'a store that cannot be written', () => {
  let system: RunningSystem;
  beforeAll(async () => {
    system = await startSystem(mounted ? { store: path.join(disk, 'hoopx.db') } : {});
    await system.postgres.query('create table accounts (id int)');
  });
  afterAll(async () => {
    await system.gateway.stop();
    await system[Symbol.asyncDispose]();
    if (mounted) execFileSync('umount', [disk]);
    rmSync(disk, { recursive: true, force: true });
  });

  const exec = (...args: string[]) => system.run('engineer', 'exec', 'pg-test', '--json', ...args);
  const resultOf = ({ stdout }: Ran) => resultSchema.parse(JSON.parse(stdout));
  /** The audit log tries again each second. */
  async function recovered(): Promise<void> {
    await expect
      .poll(async () => (await exec('select 1')).code, { timeout: 15_000, interval: 500 })
      .toBe(0);
  }
  async function rows(): Promise<number> {
    const [row] = await system.postgres.query('select count(*)::int n from accounts');
    return Number(row?.n);
  }

  test('locked by another program: refused, said, and well again afterwards', async () => {
    const first = await exec('--no-wait', insert);
    const id = String(resultOf(first).requestId);
    // What is said of its recording is written last: owed, it would have the tunnel refused already.
    const recorded = async () => (await system.client('engineer').listRecordings()).items;
    await expect.poll(async () => (await recorded()).map(({ state }) => state)).toEqual(['ended']);
    const file = mounted ? path.join(disk, 'hoopx.db') : path.join(system.folder, 'hoopx.db');
    const other = new Database(file);
    other.exec('begin immediate');
    try {
      const refused = await exec('--no-wait', 'insert into accounts values (2)');
      expect(refused.code).toBe(69);
      expect(refused.stdout + refused.stderr).toContain('"status":"failed"');
      const told = await system.run('engineer', 'exec', 'pg-test', 'delete from accounts');
      expect(told.stderr).toContain('another program has locked it');
      await expect(system.approve(id)).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
      const read = await exec('select 1');
      expect(read.code).toBe(69);
      expect(read.stdout + read.stderr).toContain('audit log cannot be written');
    } finally {
      other.exec('rollback');
      other.close();
    }
    await recovered();
    await system.approve(id);
    expect((await exec(insert)).code).toBe(0);
    expect(await rows()).toBe(1);
  }, 60_000);

  test.skipIf(!mounted)(
    'on a full disk: refused, said, reads too, which could not be taken down; with room it recovers',
    async () => {
      const asked = await exec('--no-wait', insert);
      const id = String(resultOf(asked).requestId);
      let full: Ran | null = null;
      for (let tries = 0; full === null && tries < 60; tries += 1) {
        const sql = `${insert} /* ${'x'.repeat(60_000)} ${tries} */`;
        const ran = await exec('--no-wait', sql);
        if (ran.code !== 75) full = ran;
      }
      expect(full?.code).toBe(69);
      const told = await system.run(
        'engineer',
        'exec',
        'pg-test',
        `${insert} /* ${'y'.repeat(60_000)} */`,
      );
      expect([told.code, told.stderr]).toEqual([69, expect.stringContaining('its disk is full')]);
      expect((await exec('select 1')).code).toBe(69);
      expect(await rows()).toBe(1);
      expect(system.gateway.log()).toContain('disk is full');
      execFileSync('mount', ['-o', 'remount,size=32m', disk]);
      await recovered();
      expect((await exec('--no-wait', `${insert} -- room`)).code).toBe(75);
      await system.approve(id);
      expect((await exec(insert)).code).toBe(0);
      expect(await rows()).toBe(2);
    },
    120_000,
  );
});

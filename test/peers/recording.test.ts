import { readdir, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectPublishedForm } from '../recording/published-schema.ts';
import { describeWith } from './require-peer.ts';
import { type RunningSystem, startSystem } from './running-system.ts';

describeWith(['postgres', 'psql'], 'recordings of PostgreSQL', () => {
  let system: RunningSystem;
  let port = 0;
  beforeAll(async () => {
    system = await startSystem();
    await system.postgres.query('create table accounts (id int, owner text)');
    await system.postgres.query("insert into accounts values (1, 'ada'), (2, null)");
    port = (await system.connect('engineer')).port;
  });
  afterAll(async () => {
    await system.gateway.stop();
    await system[Symbol.asyncDispose]();
  });

  const recordings = () => path.join(system.folder, 'recordings');
  const psql = (sql: string) =>
    system.spawn('psql', ['-X', '-h', '127.0.0.1', '-p', `${port}`, '-U', 'x', 'app', '-c', sql])
      .ended;

  test('a folder that is gone: no session begins, and psql is told why', async () => {
    await rename(recordings(), `${recordings()}-away`);
    const refused = await psql('select 1');
    await rename(`${recordings()}-away`, recordings());
    expect([refused.code, refused.stdout]).toEqual([2, '']);
    expect(refused.stderr).toContain('the session cannot be recorded: the folder is gone');
    expect((await psql('select 1')).code).toBe(0);
  });

  test('what psql asked and got is played back, and not to others', async () => {
    expect((await psql('select * from accounts order by id')).code).toBe(0);
    const found = await system.run(
      'engineer',
      'sessions',
      'list',
      '--text',
      'FROM ACCOUNTS',
      '--json',
    );
    const { items } = JSON.parse(found.stdout);
    expect(items).toHaveLength(1);
    const { id } = items[0];
    expect(await readdir(path.join(recordings(), id))).toEqual(['meta.json', 'session.ndjson']);
    await expectPublishedForm(
      await readFile(path.join(recordings(), id, 'session.ndjson'), 'utf8'),
    );
    const shown = await system.run('engineer', 'sessions', 'replay', id);
    expect(shown.stdout).toContain('allow    select * from accounts order by id');
    expect(shown.stdout).toMatch(/SELECT 2, \d+ bytes\n +id │ owner\n +1 +│ ada\n +2 +│ NULL\n/);
    const other = await system.run('reviewer', 'sessions', 'replay', id);
    expect([other.code, other.stdout]).toEqual([64, '']);
  });
});

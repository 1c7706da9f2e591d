import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PostgresPeer, startPostgres } from '../../../peers/postgres.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { inSession, lab, startLab } from './lab.ts';
import { leaks } from './leaks.ts';

/** Functions of somebody's that read a masked column, run by conversions alone. */
const converting = `
create type lab.holder as (x text);
create function lab.held(int) returns lab.holder language sql stable
  as 'select row(email)::lab.holder from lab.people where id = $1';
create cast (int as lab.holder) with function lab.held(int);
create domain lab.holding as lab.holder;
create type lab.key as (id int);
create function lab.opened(lab.key) returns text language sql stable
  as 'select email from lab.people where id = ($1).id';
create cast (lab.key as text) with function lab.opened(lab.key);
create table lab.keys (id int, k lab.key);
insert into lab.keys values (1, row(1));
create type lab.mood as enum ('good', 'bad');
create domain lab.short as numeric;
create extension citext;
`;

const attempts: readonly string[] = [
  'select 1::lab.holder',
  'select (1::lab.holder).x',
  'select cast(id as lab.holder) from lab.open',
  'select (array[1])::lab.holder[]',
  'select (array[1])::lab._holder',
  'select 1::lab.holding',
  'select x from (select 1::lab.holder as x) s',
  'copy (select 1::lab.holder) to stdout',
  'select k::text from lab.keys',
  'select cast(k as varchar) from lab.keys where id = 1',
  "select k::text || '' from lab.keys",
];

describeWith(['postgres'], 'conversions by functions of somebody', () => {
  let peer: PostgresPeer;
  beforeAll(async () => {
    peer = await startPostgres();
    await peer.query(lab + converting);
  });
  afterAll(() => peer.stop());

  for (const extended of [false, true]) {
    test(`show nothing of what they fetch, ${extended ? 'extended' : 'simple'}`, async () => {
      await using gated = await startLab(peer);
      const shown = await inSession(gated, (ask) => seen(ask, attempts), extended);
      expect(shown).toEqual([]);
    });
  }

  test('without masking they would', async () => {
    const told = await Promise.all(attempts.slice(0, 3).map((sql) => peer.query(sql)));
    expect(told.every((rows) => leaks(Buffer.from(JSON.stringify(rows))))).toBe(true);
  });

  test('of other types hide nothing', async () => {
    await using gated = await startLab(peer);
    await inSession(gated, async (ask) => {
      for (const [sql, rows] of [
        ["select 'good'::lab.mood as m", [{ m: 'good' }]],
        ["select 'a'::citext as c", [{ c: 'a' }]],
        ['select 1.5::lab.short + 1 as s', [{ s: '2.5' }]],
        ["select '1'::int + 1 as i, 'x'::varchar(3) as v", [{ i: 2, v: 'x' }]],
        ['select row(1)::lab.key is null as r', [{ r: false }]],
      ] as const) {
        expect([sql, (await ask(sql)).rows]).toEqual([sql, JSON.stringify(rows)]);
      }
    });
  });

  test('that the server makes unasked leave nothing computed to be seen', async () => {
    await peer.query(`create function lab.said(lab.key) returns varchar language sql stable
      as 'select email::varchar from lab.people where id = ($1).id';
      create cast (lab.key as varchar) with function lab.said(lab.key) as implicit`);
    await using gated = await startLab(peer);
    const hidden = ["select k || 'x'::varchar from lab.keys", 'select upper(k) from lab.keys'];
    expect(await inSession(gated, (ask) => seen(ask, hidden))).toEqual([]);
    await peer.query('drop cast (lab.key as varchar)');
  });
});

/** Those that showed something planted, or an address that was not masked. */
async function seen(
  ask: (sql: string) => Promise<{ rows: string; error: string | null }>,
  statements: readonly string[],
): Promise<string[]> {
  const shown: string[] = [];
  for (const sql of statements) {
    const { rows, error } = await ask(sql);
    if (leaks(Buffer.from(rows + error))) shown.push(sql);
  }
  return shown;
}

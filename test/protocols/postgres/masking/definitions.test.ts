import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type PostgresPeer, startPostgres } from '../../../peers/postgres.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import type { Gated } from '../session/gated.ts';
import { inSession, lab, startLab } from './lab.ts';
import { leaks } from './leaks.ts';

/** What would lift a mask, and where its values could then be read. */
const lifting: readonly (readonly [change: string, then: string])[] = [
  ['alter table lab.people rename to x', 'select email from lab.x'],
  ['alter index lab.people rename to x', 'select email from lab.x'],
  ['alter table lab.people rename column email to seen', 'select seen from lab.people'],
  ['alter table lab.people set schema public', 'select email from public.people'],
  ['alter schema lab rename to lab2', 'select email from lab2.people'],
  ['alter table lab.part detach partition lab.part1', 'select email from lab.part1'],
  ['alter table lab.old no inherit lab.people', 'select email from lab.old'],
  ['alter table lab.refs drop constraint refs_who', 'select who from lab.refs'],
  ['alter table lab.people drop constraint people_email_key cascade', 'select who from lab.refs'],
  ['alter table lab.people alter column shout drop expression', 'select shout from lab.people'],
  ['alter table lab.boxes alter column b type text', 'select b from lab.boxes'],
  ['alter table lab.boxes alter column b type text using b::text', 'select b from lab.boxes'],
  ['alter table lab.people drop column email cascade', 'select who from lab.refs'],
  ['alter table only lab.people drop column email cascade', 'select email from lab.old'],
  ['drop table lab.people cascade', 'select who from lab.refs'],
  ['drop index lab.people_email_key cascade', 'select who from lab.refs'],
  [
    "update pg_class set relname = 'x' where oid = 'lab.people'::regclass",
    'select email from lab.x',
  ],
  [
    "with d as (delete from pg_catalog.pg_constraint where conname = 'refs_who' returning 1) select 1",
    'select who from lab.refs',
  ],
  ['drop owned by current_user cascade', 'select who from lab.refs'],
  ['alter type lab.person rename attribute email to x cascade', 'select x from lab.persons'],
  ['alter table lab.above rename column email to x', 'select x from lab.below'],
  [
    'create or replace view lab.rows as select 1 as id, null::text as mm',
    'select r from lab.rowed',
  ],
];

const more = `
create type lab.person as (id int, email text);
create table lab.persons of lab.person;
insert into lab.persons select id, email from lab.people;
create table lab.above (id int, email text);
create table lab.below () inherits (lab.above);
insert into lab.below select id, email from lab.people;
create view lab.rows as select id, email as mm from lab.people;
create table lab.rowed (r lab.rows);
insert into lab.rowed select r from lab.rows r;
create function lab.mail(int) returns text language sql stable
  as 'select email from lab.people where id = $1';
`;

describeWith(['postgres'], 'changes of definitions', () => {
  let peer: PostgresPeer;
  let gated: Gated;
  beforeAll(async () => {
    peer = await startPostgres();
  });
  beforeEach(async () => {
    await peer.query(`drop schema if exists lab, lab2 cascade; drop table if exists public.people,
      public.orders cascade; ${lab} ${more}`);
    gated = await startLab(peer);
  });
  afterEach(() => gated[Symbol.asyncDispose]());
  afterAll(() => peer.stop());

  for (const extended of [false, true]) {
    test(`are refused where they would lift a mask, ${extended ? 'extended' : 'simple'}`, async () => {
      await inSession(
        gated,
        async (ask) => {
          for (const [change, then] of lifting) {
            expect([change, await ask(change)]).toEqual([
              change,
              { rows: '', unmaskable: true, error: expect.any(String) },
            ]);
            const { rows, error } = await ask(then);
            expect([change, leaks(Buffer.from(rows + error))]).toEqual([change, false]);
          }
        },
        extended,
      );
    });
  }

  test('are refused inside a transaction too, before and after others', async () => {
    for (const before of ['create table lab.t (a int)', 'create extension citext']) {
      for (const [change] of lifting.slice(0, 11)) {
        const { error } = await inSession(gated, async (ask) => {
          await ask('begin');
          await ask(before);
          return ask(change);
        });
        expect([before, change, error]).toEqual([before, change, expect.stringContaining('hoopx')]);
      }
    }
  });

  test('cannot be prepared for a later one in the same transaction', async () => {
    for (const [first, second, then] of [
      [
        'alter table lab.refs rename constraint refs_who to z',
        'alter table lab.refs drop constraint z',
        'select who from lab.refs',
      ],
      [
        'alter table lab.above rename to aa',
        'alter table lab.aa rename column email to x',
        'select x from lab.below',
      ],
      [
        'create table lab.p (id int, email text)',
        'alter table lab.people inherit lab.p',
        'select upper(email) from lab.p',
      ],
      [
        'create view lab.v as select note as x from lab.open',
        'create or replace view lab.v as select email as x from lab.people',
        'select upper(x) from lab.v',
      ],
      [
        'create view lab.w as select mm as x from lab.vw',
        'create or replace view lab.vw as select id, name as mm from lab.people',
        'select upper(x) from lab.w',
      ],
      [
        'create function public.count(text) returns text language sql return $1',
        'select 1',
        'select count(email) from lab.people',
      ],
      ['alter view lab.vw rename column mm to nn', 'select 1', 'select upper(nn) from lab.vw'],
      ['alter view lab.vw rename to ww', 'select 1', 'select upper(mm) from lab.ww'],
      [
        'create table customers as select 1 as id',
        'select 1',
        "select upper('a' || id) from customers",
      ],
      ['create cast (int as text) with function lab.mail(int)', 'select 1', 'select 1::text'],
      [
        'alter table lab.people add column g text generated always as (lower(email)) stored',
        'select 1',
        'select g, upper(g) from lab.people',
      ],
    ] as const) {
      for (const whole of [false, true]) {
        const { rows, error } = await inSession(gated, async (ask) => {
          if (whole) return ask(`begin; ${first}; ${second}; ${then}`);
          await ask('begin');
          await ask(first);
          await ask(second);
          return ask(then);
        });
        expect([first, leaks(Buffer.from(rows + error))]).toEqual([first, false]);
      }
    }
  });

  test('say what is known and what is not', async () => {
    await inSession(gated, async (ask) => {
      expect((await ask('alter table lab.people rename to x')).error).toBe(
        'hoopx: it would change the names by which lab.people is masked',
      );
      expect((await ask('alter table lab.refs drop constraint refs_who')).error).toBe(
        'hoopx: it would cut what lab.refs is masked for',
      );
      expect((await ask('create table lab.t as select email from lab.people')).error).toBe(
        'hoopx: it would store what is masked in lab.t',
      );
      expect((await ask('create table lab.t as select a from lab.nowhere')).error).toBe(
        'hoopx: it would store in lab.t what may be masked: what lab.nowhere holds cannot be told from the catalog and what the transaction did',
      );
    });
  });

  const ordinary = [
    ['create table lab.q3 as select status, count(*) from public.orders group by 1'],
    ['select n into temp q4 from lab.open', 'select sum(n)::int as s from q4'],
    [
      'begin',
      'create temp table q5 (a int)',
      'insert into q5 select n from lab.open',
      'insert into q5 select id from lab.people',
      'select a + 1 as b from q5 order by 1',
      'commit',
    ],
    ['alter table lab.open alter column n type bigint using n::bigint'],
    [
      'begin',
      'create table lab.tags (id int primary key, open int references lab.open, what text)',
      'create index tags_what on lab.tags (what)',
      'alter index lab.tags_what rename to tags_by_what',
      'alter table lab.open add column label text',
      "update lab.open set label = note || '!'",
      'insert into lab.tags select id, id, label from lab.open',
      'alter table lab.tags add constraint tags_unique unique (what)',
      'alter table lab.tags alter column what set not null',
      'alter table lab.tags alter column what type varchar(40) using upper(what)',
      'alter table lab.tags rename column what to name',
      'alter table lab.tags rename to labels',
      "create type lab.size as enum ('s', 'm')",
      "alter table lab.labels add column size lab.size not null default 's'",
      'create or replace view public.shipped as select id from public.orders',
      'create table lab.shipped as select id from public.shipped',
      'create function lab.two() returns int language sql return 2',
      'create table lab.kept2 as select name, size from lab.labels',
      'alter table lab.labels drop constraint tags_unique',
      'alter table lab.labels drop column size',
      'drop table lab.shipped cascade',
      'alter table lab.people add column age int',
      'update lab.people set age = id + 1',
      'alter table lab.people rename column name to label',
      'select count(*)::int as c from lab.labels',
      'commit',
    ],
    ['alter table lab.people rename constraint people_pkey to pk'],
    ['drop table lab.refs, lab.people cascade'],
    ['drop view public.shipped cascade'],
  ] as const;

  for (const extended of [false, true]) {
    test(`of what is not masked work, many in a transaction, ${extended ? 'extended' : 'simple'}`, async () => {
      for (const statements of ordinary) {
        await inSession(
          gated,
          async (ask) => {
            for (const sql of statements) {
              const { error, rows } = await ask(sql);
              expect([sql, error]).toEqual([sql, null]);
              expect([sql, rows]).toEqual([sql, expect.not.stringContaining('masked')]);
            }
          },
          extended,
        );
      }
    });
  }

  test('of what is not masked work in one text', async () => {
    const told = await inSession(gated, (ask) => ask(ordinary.slice(0, 5).flat().join(';')));
    expect(told).toMatchObject({ error: null });
  });
});

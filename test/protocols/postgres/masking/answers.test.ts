import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MaskingRule } from '../../../../src/core/masking.ts';
import type { RuleSpec } from '../../../../src/core/rules.ts';
import { encodeFunctionCall } from '../../../../src/protocols/postgres/wire/frontend/function-call.ts';
import { maskingOf, ruleWith } from '../../../masking/questions.ts';
import { type PostgresPeer, startPostgres } from '../../../peers/postgres.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { type Gated, startGated } from '../session/gated.ts';
import { rawClient } from '../session/raw-client.ts';
import { psqlBytes } from './copied.ts';
import { leaks } from './leaks.ts';
import { maskedColumns, planted, zoo } from './zoo.ts';

describeWith(['postgres'], 'answers with masked columns', () => {
  let peer: PostgresPeer;
  beforeAll(async () => {
    peer = await startPostgres();
    await peer.query(zoo);
  });
  afterAll(() => peer.stop());

  test('refuse what would store masked values elsewhere, with the reason', async () => {
    await using gated = await start(peer);
    const asked = ask(gated, 'create table t as select email from customers');
    await expect(asked).rejects.toMatchObject({
      code: '42501',
      message: 'hoopx: it would store what is masked in t',
      detail: 'Reason UNMASKABLE.',
    });
    expect(gated.decisions.map(({ refusal }) => refusal?.code)).toEqual(['UNMASKABLE']);
  });

  test('keep what is not masked: columns, counts, constants and what is computed from them', async () => {
    await using gated = await start(peer);
    const kept: readonly (readonly [string, unknown[]])[] = [
      ['select id, city from customers order by id', [1, 'Oslo', 2, 'Rome']],
      ['select count(*), count(email) as e, max(id) from customers', ['2', '2', 2]],
      ['select upper(city), id + 1 as b from customers where id = 1', ['OSLO', 2]],
      ['select *, 1 as one from mixed order by place', ['Oslo', '1', 1, 'Rome', '1', 1]],
      ['select s.n from (select city, count(*) as n from customers group by city) s', ['1', '1']],
      ['with t as (select id, city from customers) select max(id), min(city) from t', [2, 'Oslo']],
      ['select id from customers union select id from orders order by 1', [1, 2, 10, 11]],
      [
        'select c.city || total::text from customers c join orders o on o.customer = c.id',
        ['Oslo5', 'Rome7'],
      ],
      ['select total * 2 from orders order by id', ['10', '14']],
      ['select row_number() over (order by id) from customers', ['1', '2']],
      ["select exists (select id from customers where city = 'Oslo')", [true]],
      ['select note, upper(note) from other.customers', ['plain', 'PLAIN']],
      ['select 1 + 1 as two, now() is null as n', [2, false]],
      ['select one from by_function', [1]],
      ["select current_setting('TimeZone') = zone as same from settings", [true]],
      ['select upper(relname) from pg_class where relname = $$orders$$', ['ORDERS']],
    ];
    for (const [sql, values] of kept) {
      const { rows } = await ask(gated, sql);
      expect([sql, ...rows.flatMap(Object.values)]).toEqual([sql, ...values]);
    }
  });

  test('mask by strategy, equal values staying equal under a hash', async () => {
    await using gated = await start(peer, { strategy: 'hash' });
    const { rows } = await ask(
      gated,
      'select a.email as x, b.customer_email as y from customers a join orders b on b.customer = a.id',
    );
    expect(rows.map(({ x, y }) => x === y)).toEqual([true, true]);
    expect(rows[0]?.x).toMatch(/^[0-9a-f]{32}$/);
  });

  test('stay values of their type: text, JSON, or null', async () => {
    await using gated = await start(peer);
    for (const binary of [false, true]) {
      const { rows } = await ask(
        gated,
        'select email, contact, doc, tags, c as row, upper(email), length(email), born from customers c where id = 1',
        binary,
      );
      expect(rows[0]).toMatchObject({
        ...{ email: '[masked]', contact: '[masked]', tags: null, row: null },
        ...{ upper: '[masked]', length: null },
      });
      if (!binary) expect(rows[0]).toMatchObject({ doc: '[masked]' });
      expect(rows[0]?.born).not.toBeNull();
    }
  });

  test('follow what a transaction did to the catalog', async () => {
    await using gated = await start(peer);
    await using client = await connected(gated.url);
    await client.query('begin');
    await client.query('create view again as select lower(email) as x, id from customers');
    expect((await client.query('select x, id from again')).rows[0]).toEqual({
      x: '[masked]',
      id: null,
    });
    await client.query('commit');
    expect((await client.query('select x, id from again')).rows[0]).toEqual({
      x: '[masked]',
      id: 1,
    });
  });

  test('say nothing of values in errors, and all else', async () => {
    await using gated = await start(peer);
    const double = ask(gated, `insert into customers (id, email) values (9, '${planted[0]}')`);
    const fault = await double.then(
      () => null,
      (error: unknown) => error,
    );
    expect(fault).toMatchObject({
      code: '23505',
      constraint: 'customers_email_key',
      detail: undefined,
    });
    await expect(ask(gated, 'select nosuch from customers')).rejects.toThrow(
      '"nosuch" does not exist',
    );
    await expect(ask(gated, "select 'abc'::int")).rejects.toThrow('integer: "abc"');
  });

  test('tell rules that a masked column decides', async () => {
    const rules = [
      { name: 'all', sql: { class: ['read'] }, then: 'allow' },
      { name: 'no guessing', sql: { maskedPredicate: true }, then: 'deny', message: 'no guessing' },
    ] as const;
    await using gated = await start(peer, {}, rules);
    for (const sql of [
      "select id from customers where email like 'a%'",
      'select id from customers order by email',
      'select count(*) filter (where email is null) from customers',
      'select a.id from customers a join customers b using (email)',
      "select e.id from (select id, email as x from customers) e where e.x > 'm'",
      'select city from customers group by city, email',
      "insert into customers (id, email) values (9, 'a@b') on conflict (email) do nothing",
      'insert into customers (id) values (1) on conflict do nothing',
    ]) {
      await expect(ask(gated, sql)).rejects.toThrow('no guessing');
    }
    expect((await ask(gated, 'select email from customers where id = 1')).rows).toHaveLength(1);
  });

  test('refuse a function called by its OID, and replication', async () => {
    await using gated = await start(peer, {}, [...everything, replicates]);
    await using client = await rawClient(gated.port, peer.database);
    const [{ oid = 0 } = {}] = await peer.query("select 'one_email'::regproc::oid::int as oid");
    const argumentFormats = [1] as const;
    const values = [Buffer.from([0, 0, 0, 1])];
    const call = { functionOid: Number(oid), argumentFormats, values, resultFormat: 0 } as const;
    client.send(encodeFunctionCall(call));
    expect(await client.ready()).toMatchObject({ errors: ['42501'], status: 'idle' });
    const url = `${gated.url}?replication=database`;
    const { stderr } = await psqlBytes(url, '-c', 'IDENTIFY_SYSTEM');
    expect(stderr).toContain('replication shows whole tables');
  });

  test('are none without the catalog, but of what begins and ends a transaction', async () => {
    await peer.query("create role single login password 'x' connection limit 1");
    const masking = maskingOf([ruleWith({ columns: maskedColumns })]);
    if (masking === null) throw new Error('nothing is masked');
    const single = { ...peer, user: 'single', password: 'x' };
    await using gated = await startGated(single, { masking, rules: everything });
    await using client = await connected(gated.url);
    for (const sql of ['select 1', 'select email from customers', 'copy customers to stdout']) {
      await expect(client.query(sql)).rejects.toMatchObject({
        code: '42501',
        message: expect.stringContaining("the database's catalog could not be read"),
      });
    }
    expect((await client.query('begin')).command).toBe('BEGIN');
    expect((await client.query('rollback')).command).toBe('ROLLBACK');
  });

  test('are what is recorded, and what a request keeps of its failure', async () => {
    const rules = [
      { name: 'all', sql: { class: ['read'] }, then: 'allow' },
      { name: 'held', sql: { functions: ['raising'] }, then: 'review', chain: 'dba' },
      { name: 'too', sql: { class: ['opaque'] }, then: 'review', chain: 'dba' },
    ] as const;
    await using gated = await start(peer, {}, rules);
    await using client = await connected(gated.url);
    await client.query('select email, city from customers order by id');
    const failing = client.query('select raising(1)').catch((error: Error) => error.message);
    await gated.approve();
    expect(await failing).toContain('[masked]');
    const { outcome } = await gated.reached('failed');
    expect(outcome?.message).toContain('[masked]');
    const told = JSON.stringify([outcome, gated.notes]);
    expect(leaks(Buffer.from(told))).toBe(false);
    expect(gated.notes[0]).toMatchObject({
      type: 'answer',
      rows: [
        ['[masked]', 'Oslo'],
        ['[masked]', 'Rome'],
      ],
    });
  });

  test('empty what a notification carries', async () => {
    await using gated = await start(peer);
    await using client = await connected(gated.url);
    const told = new Promise((resolve) => client.on('notification', resolve));
    await client.query('listen news');
    await peer.query(`select pg_notify('news', '${planted[0]}')`);
    await client.query('select 1');
    expect(await told).toMatchObject({ channel: 'news', payload: '[masked]' });
  });
});

const replicates: RuleSpec = {
  name: 'replicates',
  sql: { class: ['unknown'] },
  then: 'allow',
};

const everything: readonly RuleSpec[] = [
  {
    name: 'all',
    sql: { class: ['read', 'write', 'ddl', 'dcl', 'session', 'transaction', 'opaque'] },
    then: 'allow',
  },
];

function start(
  peer: PostgresPeer,
  rule: Partial<MaskingRule> = {},
  rules: readonly RuleSpec[] = everything,
): Promise<Gated> {
  const masking = maskingOf([ruleWith({ columns: maskedColumns, ...rule })]);
  if (masking === null) throw new Error('nothing is masked');
  return startGated(peer, { masking, rules });
}

async function ask(gated: Gated, text: string, binary = false): Promise<pg.QueryResult> {
  await using client = await connected(gated.url);
  const config = { text, values: [], binary, queryMode: 'extended' };
  return binary ? await client.query(config) : await client.query(text);
}

async function connected(url: string): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client(url);
  client.on('error', () => {});
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

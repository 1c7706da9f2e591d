import { execFileSync } from 'node:child_process';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MaskStrategy } from '../../../../src/core/masking.ts';
import { encodeBind } from '../../../../src/protocols/postgres/wire/frontend/bind.ts';
import { maskingOf, ruleWith } from '../../../masking/questions.ts';
import { type PostgresPeer, startPostgres } from '../../../peers/postgres.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { type Gated, startGated } from '../session/gated.ts';
import { execute, parse, query, rawClient, sync } from '../session/raw-client.ts';
import { copies } from './copied.ts';
import { everyClass } from './lab.ts';
import { instants, nested, nestedTypes, networks, permuted, tablesOf } from './typed.ts';

const all = [...permuted, networks, ...nested];

for (const strategy of ['hash', 'fake'] as const) {
  describeWith(['postgres', 'psql'], `values that are no text, under ${strategy}`, () => {
    let peer: PostgresPeer;
    let gated: Gated;
    beforeAll(async () => {
      peer = await startPostgres();
      await peer.query(nestedTypes + tablesOf(all));
      await peer.query('create table typed_guess (v int4 unique)');
      await peer.query('create table typed_guess_owner (id int4 references typed_guess (v))');
      await peer.query('insert into typed_guess values (42), (null), (43)');
      await peer.query('insert into typed_guess_owner values (42)');
      await peer.query(instants);
      gated = await start(peer, strategy);
    });
    afterAll(async () => {
      await gated[Symbol.asyncDispose]();
      await peer.stop();
    });

    for (const { type, literals } of all) {
      test(`${type}: the same in every format, and of the type`, async () => {
        const text = await seen(gated, peer, type, false);
        expect(text.some((value) => value !== null)).toBe(true);
        expect(text).not.toEqual(await canonical(peer, type, literals));
        expect(await seen(gated, peer, type, true)).toEqual(text);
        for (const options of ['', 'format csv', "format csv, null 'NULL'", 'format binary']) {
          expect([options, await copied(gated, peer, type, options)]).toEqual([options, text]);
        }
      });
    }

    test('says the same under settings of the session that write it otherwise', async () => {
      const settings = "set timezone to 'America/New_York'; set bytea_output to escape";
      for (const type of ['timestamptz', 'timestamp', 'bytea', 'float4', '_bytea', 'place']) {
        const usual = await seen(gated, peer, type, false);
        const rows = `select v from typed_${type} order by id`;
        const other = await values(gated, peer, rows, false, settings);
        expect([type, await canonical(peer, type, other)]).toEqual([type, usual]);
      }
    });

    test('says no instant by the offset of a time zone that the session chose', async () => {
      const zone = "set timezone = 'AAA0BBB-1,J160/0,J166/8:59:59'";
      const rows = 'select v from typed_instant order by id';
      const offsets = (said: readonly unknown[]) => said.map((value) => `${value}`.slice(-3));
      const plain = await connected(peer.url, async (client) => {
        await client.query(zone);
        const { rows: said } = await client.query('select v::text from typed_instant order by id');
        return said.map(({ v }) => v);
      });
      expect(offsets(plain)).toEqual(['+01', '+00']);
      expect(offsets(await values(gated, peer, rows, false, zone))).toEqual(['+00', '+00']);
      const both = /^[{(]"[^"+]+\+00","[^"+]+\+00"[})]$/;
      for (const table of ['typed_instants', 'typed_instant_row']) {
        const [value] = await values(gated, peer, `select v from ${table}`, false, zone);
        expect(value).toMatch(both);
      }
      const [, copied] = await copies(gated.url, [zone, 'copy typed_instant (v) to stdout']);
      expect(offsets(copied?.toString().trim().split('\n') ?? [])).toEqual(['+00', '+00']);
    });

    test('is NULL where dates are written in ways that cannot be told apart', async () => {
      for (const style of ['SQL, DMY', 'German', 'Postgres, MDY']) {
        for (const type of ['date', 'timestamp', 'timestamptz', '_date']) {
          const rows = `select v from typed_${type} where v::text !~ 'infinity'`;
          const said = await values(gated, peer, rows, false, `set datestyle to '${style}'`);
          const shown = said.map((value) => value?.toString().replace(/NULL|[{},]/g, '') ?? '');
          expect([style, type, shown.join('')]).toEqual([style, type, '']);
        }
      }
    });

    test('is the same in another table and another session', async () => {
      const [one] = await values(gated, peer, 'select v from typed_guess where v = 42', false);
      const [other] = await values(gated, peer, 'select v from typed_int4 where v = 42', false);
      expect(one).toMatch(/^-?\d+$/);
      expect(other).toBe(one);
      const referring = await values(gated, peer, 'select id from typed_guess_owner', false);
      expect(referring).toEqual([one]);
    });

    test('answers no guess that is made by a NULL of COPY', async () => {
      const guess = "copy typed_guess (v) to stdout (null '42')";
      const [said = ''] = (await copies(gated.url, [guess])).map(String);
      const [value, absent, other] = said.split('\n');
      expect(value).toBe(absent);
      expect(value).not.toBe('42');
      expect(other).toMatch(/^-?\d+$/);
    });

    for (const { type, literals } of strategy === 'hash' ? permuted : []) {
      test(`${type}: different values stay different, and equal ones equal`, async () => {
        const shown = await seen(gated, peer, type, false);
        expect(shown).not.toContain(null);
        expect(new Set(shown).size).toBe(literals.length);
        const joined = `join typed_${type} o using (v)`;
        expect(await seen(gated, peer, type, true, joined)).toEqual(shown);
      });
    }
  });
}

async function start(peer: PostgresPeer, strategy: MaskStrategy): Promise<Gated> {
  const masking = maskingOf([ruleWith({ columns: ['typed_*.v'], strategy })]);
  if (masking === null) throw new Error('nothing is masked');
  return startGated(peer, { masking, rules: everyClass });
}

/** What the gateway shows of the type's table, as the server itself reads and writes it. */
async function seen(
  gated: Gated,
  peer: PostgresPeer,
  type: string,
  binary: boolean,
  join = '',
): Promise<(string | null)[]> {
  const text = `select v from typed_${type} t ${join} order by t.id`;
  return canonical(peer, type, await values(gated, peer, text, binary));
}

/** Of the first column, as strings, or as buffers where they are binary. */
async function values(
  gated: Gated,
  peer: PostgresPeer,
  text: string,
  binary: boolean,
  settings = 'select',
): Promise<(string | Buffer | null)[]> {
  await using client = await rawClient(gated.port, peer.database);
  client.send(query(settings));
  await client.ready();
  const before = client.all.length;
  const bound = { portal: '', statement: '', parameterFormats: [], values: [] };
  const asked = [parse('', text), encodeBind({ ...bound, resultFormats: [1] }), execute(''), sync];
  client.send(...(binary ? asked : [query(text)]));
  expect((await client.ready()).messages).toEqual([]);
  return client.all.slice(before).flatMap((message) => {
    if (message.kind !== 'dataRow') return [];
    const [value = null] = message.values;
    return [binary || value === null ? value : value.toString()];
  });
}

/** Strings are read as text, buffers as binary. */
function canonical(
  peer: PostgresPeer,
  type: string,
  values: readonly (string | Buffer | null)[],
): Promise<(string | null)[]> {
  return connected(peer.url, async (client) => {
    await client.query("set timezone to 'UTC'");
    const said: (string | null)[] = [];
    for (const value of values) {
      const { rows } = await client.query(`select ($1::${type})::text as said`, [value]);
      said.push(rows[0].said);
    }
    return said;
  });
}

async function connected<Result>(
  url: string,
  use: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client(url);
  client.on('error', () => {});
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/** What COPY gives, read by the server's own COPY. */
async function copied(gated: Gated, peer: PostgresPeer, type: string, options: string) {
  const how = options === '' ? '' : ` (${options})`;
  const query = `copy (select v, id from typed_${type} order by id) to stdout${how}`;
  const [input] = await copies(gated.url, [query]);
  await peer.query('drop table if exists back');
  await peer.query(`create table back (v ${type}, id int)`);
  const args = ['-X', '-q', '-v', 'ON_ERROR_STOP=1', peer.url, '-c', `copy back from stdin${how}`];
  execFileSync('psql', args, { input });
  return connected(peer.url, async (client) => {
    await client.query("set timezone to 'UTC'");
    const { rows } = await client.query('select v::text from back order by id');
    return rows.map(({ v }) => v);
  });
}

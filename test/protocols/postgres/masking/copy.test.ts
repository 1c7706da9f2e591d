import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MaskingRule, redactedText } from '../../../../src/core/masking.ts';
import { createCopyMasker } from '../../../../src/protocols/postgres/masking/copy/create-copy-masker.ts';
import { valueMask } from '../../../../src/protocols/postgres/masking/value-mask.ts';
import type { CopyFormat } from '../../../../src/protocols/postgres/sql/provenance/copy-format.ts';
import { maskingOf, ruleWith } from '../../../masking/questions.ts';
import { type PostgresPeer, startPostgres } from '../../../peers/postgres.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { type Gated, startGated } from '../session/gated.ts';
import {
  bind,
  cancelWith,
  execute,
  flush,
  parse,
  query,
  rawClient,
  run,
  sync,
} from '../session/raw-client.ts';
import { parser } from '../sql/shared-parser.ts';
import { awkward, copies, psqlBytes, writings } from './copied.ts';

const everything = {
  name: 'all',
  sql: { class: ['read', 'write', 'ddl', 'dcl', 'session', 'transaction', 'opaque'] },
  then: 'allow',
} as const;
const secretColumns = ['awkward.secret', 'awkward.tags', 'awkward.j'];
const none: ReadonlySet<number> = new Set();

function start(peer: PostgresPeer, rule: Partial<MaskingRule>): Promise<Gated> {
  const masking = maskingOf([ruleWith(rule)]);
  if (masking === null) throw new Error('nothing is masked');
  return startGated(peer, { masking, rules: [everything] });
}

describeWith(['postgres', 'psql'], 'COPY TO STDOUT of what is masked', () => {
  let peer: PostgresPeer;
  beforeAll(async () => {
    peer = await startPostgres();
    await peer.query(awkward);
    await peer.query('create table back (id int, secret text, note text, n int)');
    await peer.query('create schema other');
    await peer.query("create table other.awkward as select 1 as id, 'zq7other' as secret");
  });
  afterAll(() => peer.stop());

  test('is refused before anything runs where it cannot be read for certain', async () => {
    await using gated = await start(peer, { columns: secretColumns });
    const refused = [
      'copy awkward to stdout; select 1',
      'begin; copy awkward to stdout',
      'rollback; copy awkward to stdout',
      'set search_path to other; copy awkward to stdout',
      "copy awkward to stdout (encoding 'latin1')",
      "copy awkward to stdout (encoding 'utf16')",
      'copy awkward to stdout (format nosuch)',
      'copy awkward to stdout (nosuch 1)',
      "copy awkward to stdout (format csv, quote E'\\n')",
      "copy awkward to '/tmp/hoopx-copied'",
      "copy awkward to program 'cat'",
    ];
    const args = refused.flatMap((sql) => ['-c', sql, '-c', 'select 42']);
    const { stdout, stderr } = await psqlBytes(gated.url, '-t', '-A', ...args);
    expect(stdout.toString()).toBe('42\n'.repeat(refused.length));
    expect(stderr.match(/UNMASKABLE/g)).toHaveLength(refused.length);
    expect(stderr).not.toContain('zq7');
  });

  for (const strategy of ['redact', 'null', 'hash', 'partial', 'fake'] as const) {
    test(`shows nothing planted however it is written: ${strategy}`, async () => {
      await using gated = await start(peer, { columns: secretColumns, strategy });
      const leaked = strategy === 'fake' ? 'zq7plain' : 'zq7';
      for (const columns of ['id, secret, note', 'secret', 'tags, note, j']) {
        for (const { sql, said } of await written(gated.url, columns)) {
          expect([sql, said.length > 10]).toEqual([sql, true]);
          expect([sql, said.includes(leaked)]).toEqual([sql, false]);
        }
      }
    });
  }

  test('is read back by PostgreSQL as the rows that SELECT shows', async () => {
    await using gated = await start(peer, { columns: secretColumns });
    const own = await peer.query('select id, secret, note, n from awkward order by id');
    const all = await written(gated.url, 'id, secret, note, n');
    for (const { options, said } of all.filter((_, index) => index % 2 === 0)) {
      await peer.query('truncate back');
      const reading = options.replace(/, force_quote.*/, '');
      const read = `copy back from stdin${reading === '' ? '' : ` (${reading})`}`;
      execFileSync('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', peer.url, '-c', read], {
        input: said,
      });
      const rows = await peer.query('select * from back order by id');
      const wanted = own.map(({ secret, note, ...row }) => ({
        ...row,
        secret: maskedAs(secret, options),
        note: readBack(note, options),
      }));
      expect([options, rows.length]).toEqual([options, 11]);
      expect([options, rows]).toMatchObject([options, wanted]);
    }
  });

  test('answers no guess that is made by a NULL', async () => {
    await using gated = await start(peer, { columns: secretColumns, strategy: 'partial' });
    const guess = "copy awkward (secret) to stdout (null 'zq7plain')";
    const [said = ''] = (await copies(gated.url, [guess])).map(String);
    expect(said.split('\n').slice(0, 4).sort()).toEqual(['z***', 'z***', 'z***', 'z***']);
  });

  test('follows names as the server does: search_path, aliases, joins, views, stars', async () => {
    await using gated = await start(peer, { columns: secretColumns });
    const asked: readonly (readonly [string, string | null])[] = [
      ['copy (select secret, note from awkward where id = 1) to stdout', '[masked]\tnote\n'],
      ['copy (select note as secret from awkward where id = 1) to stdout', 'note\n'],
      ['copy (select a.* from awkward a where id = 1) to stdout csv', null],
      ['copy (select lower(secret), id from awkward where id = 1) to stdout', '[masked]\t1\n'],
      ['copy (select secret from other.awkward) to stdout', '[masked]\n'],
      ['copy (with t as (table awkward) select secret from t where id = 1) to stdout', null],
      ['copy (update awkward set n = n where id = 1 returning secret) to stdout', '[masked]\n'],
      ['copy awkward (note, id) to stdout', null],
      ['COPY BINARY awkward TO STDOUT', null],
      ['copy public . awkward ( "secret" ) to stdout with csv header', null],
      ['copy/* ) */awkward(secret)/* to */to stdout', null],
      ["copy (select ')', secret from awkward where id = 1) to stdout", ')\t[masked]\n'],
      ['copy (select) to stdout', null],
    ];
    const said = await copies(
      gated.url,
      asked.map(([sql]) => sql),
    );
    for (const [index, [sql, text]] of asked.entries()) {
      expect([sql, said[index]?.includes('zq7')]).toEqual([sql, false]);
      if (text !== null) expect([sql, said[index]?.toString()]).toEqual([sql, text]);
    }
  });

  test('in the extended protocol, where what was asked beside it is not told', async () => {
    await using gated = await start(peer, { columns: secretColumns });
    await using client = await rawClient(gated.port, peer.database);
    const rows = 'copy (select secret from awkward where id < 2) to stdout';
    for (const ask of [
      run(rows),
      Buffer.concat([parse('s', rows), bind('p', 's'), execute('p')]),
    ]) {
      client.send(ask, sync);
      const { kinds, errors } = await client.ready();
      expect(errors).toEqual([]);
      expect(kinds.join(' ')).toBe(
        'parseComplete bindComplete copyOutResponse copyData copyDone commandComplete readyForQuery',
      );
    }
    client.send(query(rows));
    expect((await client.ready()).kinds.join(' ')).toBe(
      'copyOutResponse copyData copyDone commandComplete readyForQuery',
    );
    client.send(run('copy (select nosuch from awkward) to stdout'), sync);
    expect((await client.ready()).errors).toEqual(['42703']);
    const data = client.all.filter((message) => message.kind === 'copyData');
    expect(data.map((message) => message.raw.toString('latin1', 5))).toEqual([
      ...['[masked]\n', '[masked]\n', '[masked]\n'],
    ]);
  });

  test('shows nothing of a table whose generated columns have just become others', async () => {
    await peer.query(`create table shifting (was int generated always as (1) stored, secret text,
      note text)`);
    await peer.query("insert into shifting (secret, note) values ('zq7shifted', 'note')");
    await using gated = await start(peer, { columns: ['shifting.secret'] });
    const { stdout, stderr } = await psqlBytes(
      gated.url,
      ...['-c', 'copy shifting to stdout', '-c', 'begin'],
      ...['-c', "do 'begin alter table shifting alter was drop expression; end'"],
      ...['-c', 'alter table shifting add since int generated always as (2) stored'],
      ...['-c', 'copy shifting to stdout'],
    );
    expect(stdout.toString()).toBe('[masked]\tnote\n');
    expect(stderr).toContain('COPY has other columns than its query');
  });

  test('in a transaction, with its own errors, and in \\copy', async () => {
    await using gated = await start(peer, { columns: secretColumns });
    const folder = await mkdtemp(path.join(tmpdir(), 'hoopx-copied-'));
    const file = path.join(folder, 'out.csv');
    const { stdout, stderr } = await psqlBytes(
      gated.url,
      ...['-c', 'begin', '-c', 'create temp table awkward (secret text, more text)'],
      ...['-c', "insert into awkward values ('zq7temp', 'more')"],
      ...['-c', 'copy awkward to stdout', '-c', 'rollback'],
      ...['-c', 'copy (select nosuch from awkward) to stdout', '-c', 'copy nosuch to stdout'],
      ...['-c', `\\copy awkward to '${file}' csv header`],
    );
    expect(stdout.toString()).toBe('[masked]\t[masked]\n');
    expect(stderr).toContain('column "nosuch" does not exist');
    expect(stderr).toMatch(/LINE 1: copy \(select nosuch from awkward\)[^\n]*\n {21}\^/);
    expect(stderr).toContain('relation "nosuch" does not exist');
    const copied = await readFile(file, 'utf8');
    expect(copied).not.toContain('zq7');
    expect(copied).toContain('1,[masked],note,7,,"""[masked]"""\n');
    await rm(folder, { recursive: true });
  });

  test('fails alone where what is asked beside it fails, or is cancelled', async () => {
    await using gated = await start(peer, { columns: secretColumns });
    const other = new pg.Client(peer.url);
    await other.connect();
    await other.query('begin; lock table awkward in access exclusive mode');
    const locked = ['-c', 'copy awkward (secret) to stdout', '-c', 'select 42'];
    const { stdout, stderr } = await psqlBytes(
      gated.url,
      ...['-t', '-A', '-c', "set lock_timeout = '100ms'", ...locked],
      ...['-c', 'begin', ...locked, '-c', 'commit', '-c', 'select 43'],
    );
    expect(stderr.match(/canceling statement due to lock timeout/g)).toHaveLength(2);
    expect(stderr.match(/current transaction is aborted/g)).toHaveLength(1);
    expect(stdout.toString()).toBe('42\n43\n');
    await using client = await rawClient(gated.port, peer.database);
    client.send(query('copy awkward (secret) to stdout'));
    const blocked = "select from pg_stat_activity where wait_event_type = 'Lock'";
    await expect.poll(async () => (await peer.query(blocked)).length, { timeout: 20_000 }).toBe(1);
    await cancelWith(gated.port, client.key);
    expect(await client.ready()).toMatchObject({ errors: ['57014'], status: 'idle' });
    await other.end();
    client.send(query('copy (select secret from awkward where id = 1) to stdout'));
    expect(await client.ready()).toMatchObject({ errors: [], tags: ['COPY 1'] });
  });

  test('shows nothing of what its names came to mean after it was bound', async () => {
    await using gated = await start(peer, { columns: secretColumns });
    await peer.query('create view meant as select 1 as id, note as shown from awkward');
    for (const sql of [
      'copy (select * from meant) to stdout',
      'copy (select lower(shown), secret from meant join awkward using (id)) to stdout',
      'copy (select * from later) to stdout',
      'create temp table later_kept as select * from meant',
    ]) {
      await using client = await rawClient(gated.port, peer.database);
      client.send(
        query('begin'),
        ...[parse('s', sql), bind('p', 's'), flush],
        run('create or replace view meant as select 1 as id, secret as shown from awkward'),
        run('create or replace view later as select 1 as id, secret as shown from awkward'),
        ...[execute('p'), sync, query('rollback')],
      );
      const turns = [await client.ready(), await client.ready(), await client.ready()];
      expect([sql, turns[2]?.status]).toEqual([sql, 'idle']);
      expect([sql, turns[1]?.messages.join()]).toEqual([
        sql,
        expect.stringMatching(/portal "p"|would store/),
      ]);
      const all = Buffer.concat(client.all.map(({ raw }) => raw));
      expect([sql, all.includes('zq7')]).toEqual([sql, false]);
    }
  });

  test('is masked by detectors too, and binary keeps its session', async () => {
    await using gated = await start(peer, { patterns: { planted: 'zq7[a-z]*' } });
    for (const { sql, said } of await written(gated.url, 'id, secret, tags, j, note')) {
      expect([sql, said.includes('zq7')]).toEqual([sql, false]);
      // The rest of a value stays.
      expect([sql, said.includes('pipe')]).toEqual([sql, true]);
    }
    for (const sql of ['copy awkward to stdout csv', 'copy (table awkward) to stdout']) {
      const { stdout } = await psqlBytes(gated.url, '-c', sql);
      expect([sql, stdout.includes('zq7'), stdout.includes('note')]).toEqual([sql, false, true]);
    }
  });

  test('gives the same for any split of its data, and no piece shows what is planted', async () => {
    const mask = valueMask(
      { strategy: 'redact', apply: () => redactedText, masksNull: true },
      { typeOid: 25, format: 0 },
      none,
    );
    for (const { sql, said: data } of await written(peer.url, 'id, secret, note')) {
      const format = parser.shapes(sql)[0]?.copy?.format;
      if (format === null || format === undefined) throw new Error(`no format of ${sql}`);
      const whole = masked(format, [data]);
      expect(whole.equals(data)).toBe(false);
      fc.assert(
        fc.property(fc.array(fc.nat({ max: data.length }), { maxLength: 40 }), (cuts) => {
          const places = [0, ...cuts.sort((a, b) => a - b), data.length];
          const pieces = places.slice(1).map((end, index) => data.subarray(places[index], end));
          expect(masked(format, pieces).equals(whole)).toBe(true);
        }),
        { numRuns: 60 },
      );
      expect(
        masked(
          format,
          [...data].map((byte) => Buffer.from([byte])),
        ).equals(whole),
      ).toBe(true);
      expect(() => masked(format, [data.subarray(0, data.length - 3)])).toThrow();
    }

    function masked(format: CopyFormat, pieces: readonly Buffer[]): Buffer {
      const copy = createCopyMasker(format, [null, mask, null]);
      const out = pieces.map((piece) => copy.write(piece));
      copy.end();
      return Buffer.concat(out);
    }
  });

  test('leaves what is not masked as it came', async () => {
    await using gated = await start(peer, { columns: secretColumns });
    const through = await written(gated.url, 'id, note, n');
    const direct = await written(peer.url, 'id, note, n');
    expect(through.map(({ said }) => said.toString('hex'))).toEqual(
      direct.map(({ said }) => said.toString('hex')),
    );
  });
});

test('takes no memory for each byte or field, however a server cuts its data', () => {
  const mask = { value: () => Buffer.from('x') };
  const format = { kind: 'text', delimiter: 9, nullText: '\\N', header: false } as const;
  const before = process.memoryUsage().heapUsed;
  const grown = () => (process.memoryUsage().heapUsed - before) / 2 ** 20;
  const slow = createCopyMasker(format, [mask]);
  for (let count = 0; count < 1_000_000; count += 1) slow.write(Buffer.from('y'));
  expect(grown()).toBeLessThan(64);
  expect(slow.write(Buffer.from('\n')).toString()).toBe('x\n');
  const rows = createCopyMasker(format, [mask]).write(Buffer.from('y\n'.repeat(1_000_000)));
  expect(grown()).toBeLessThan(64);
  expect(rows.equals(Buffer.from('x\n'.repeat(1_000_000)))).toBe(true);
});

/** What COPY puts out in all these ways. */
async function written(url: string, columns: string) {
  const usable = writings.filter((options) => {
    return !options.includes('(secret, note)') || columns.includes('secret, note');
  });
  const asked = usable.map((options) => ({ options, sql: copyOf(columns, options) }));
  const all = await copies(
    url,
    asked.map(({ sql }) => sql),
  );
  return asked.map((each, index) => ({ ...each, said: all[index] ?? Buffer.alloc(0) }));
}

function copyOf(columns: string, options: string): string {
  return `copy awkward (${columns}) to stdout${options === '' ? '' : ` (${options})`}`;
}

/** In text under a NULL of the client's own, NULL is masked as a value is. */
function maskedAs(value: unknown, options: string): string | null {
  const isText = !options.includes('csv') && !options.includes('binary');
  const ambiguous = isText && options.includes('null ');
  if (value === null && !ambiguous) return null;
  return redactedText;
}

/** What COPY itself makes of values that look like NULL. */
function readBack(value: unknown, options: string): unknown {
  const [, own] = /null '([^']*)'/.exec(options) ?? [];
  const isText = !options.includes('csv') && !options.includes('binary');
  return isText && own !== undefined && value === own ? null : value;
}

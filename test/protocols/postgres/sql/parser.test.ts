import { describe, expect, it } from 'vitest';
import { loadSqlParser } from '../../../../src/protocols/postgres/sql/parser.ts';
import { decide, factsOf, parser } from './shared-parser.ts';

const trustedFunctions: readonly string[] = [];
const options = { trustedFunctions };

describe('pitfall 11: what cannot be read is barred', () => {
  it.each([
    ['SELEC 1', 'syntax error at or near "SELEC" at character 1'],
    ["SELECT 'é' x y", 'syntax error at or near "y" at character 14'],
    ['SELECT 1 /* ', 'unterminated /* comment at or near "/* " at character 10'],
    ["SELECT 'x", `unterminated quoted string at or near "'x" at character 8`],
    ['SELECT $a$x', 'unterminated dollar-quoted string at or near "$a$x" at character 8'],
    ['SELECT 1; DROP', 'syntax error at end of input at character 15'],
    ['SELECT 1\0; DROP TABLE accounts', 'invalid byte sequence for encoding "UTF8"'],
    ['SELECT 1 \ud800', 'invalid byte sequence for encoding "UTF8"'],
    ["SELECT E'\\xff'", 'invalid byte sequence for encoding "UTF8": 0xff'],
    ["SELECT U&'\\0000'", 'invalid Unicode escape value at character 11'],
  ])('%j: %s', (sql, message) => {
    const decidable = decide(sql);
    expect(decidable.barred).toEqual({ code: 'UNPARSEABLE', message });
    expect(decidable.facts.classes).toEqual(['unknown']);
    expect(parser.statements(sql)).toEqual([]);
  });

  it('bars a text beyond the limit, counted in bytes', async () => {
    const small = await loadSqlParser({ maxTextBytes: 20 });
    expect(small.decidable(`SELECT '${'x'.repeat(11)}'`, options).barred).toBeUndefined();
    expect(small.decidable(`SELECT '${'x'.repeat(12)}'`, options).barred?.message).toBe(
      'the statement is longer than 20 bytes',
    );
    expect(small.decidable(`SELECT '${'é'.repeat(6)}'`, options).barred).toBeDefined();
  });

  it('bars the settings under which the server would read other statements', () => {
    for (const sql of [
      'SET standard_conforming_strings = off',
      'SET LOCAL Standard_Conforming_Strings TO 0',
      "SET client_encoding = 'SJIS'",
      "SET NAMES 'latin1'",
      'SELECT 1; SET standard_conforming_strings = off',
    ]) {
      expect(decide(sql).barred?.code).toBe('UNPARSEABLE');
      expect(factsOf(sql).classes).toContain('dcl');
    }
  });
});

describe('comments', () => {
  it.each([
    ['SELECT 1 WHERE 1 NOT /* é */ IN (SELECT a FROM b)', 'read'],
    ['SELECT 1 ORDER BY 1 NULLS -- last\n FIRST', 'read'],
    ['DELETE FROM a WHERE b NOT /* c */ LIKE $1', 'write'],
    ["SELECT 1 NOT /* '; */ IN (1); DELETE FROM a -- '", 'read write'],
  ])('may stand wherever the server takes them: %s', (sql, classes) => {
    expect(decide(sql).barred).toBeUndefined();
    expect(factsOf(sql).classes.join(' ')).toBe(classes);
  });

  it('leave every offset where it was', () => {
    const sql = 'SELECT /* é€ */ 1 NOT /* ß */ IN (1); PREPARE p AS /* ü */ DELETE FROM a';
    expect(parser.statements(sql)).toMatchObject([
      { text: 'SELECT /* é€ */ 1 NOT /* ß */ IN (1)' },
      { kind: 'prepare', innerText: '/* ü */ DELETE FROM a' },
    ]);
  });

  it('do not move the place of an error', () => {
    expect(decide('SELECT /* é */ 1 x y').barred?.message).toBe(
      'syntax error at or near "y" at character 20',
    );
  });
});

describe('nesting too deep to check', () => {
  it('is barred, and the next statement is read as ever', async () => {
    const fresh = await loadSqlParser();
    const deep = [
      `SELECT ${'('.repeat(30_000)}1${')'.repeat(30_000)}`,
      `SELECT ${'NOT '.repeat(9_000)}true`,
      `SELECT 1${'+1'.repeat(4_000)}`,
    ];
    for (const sql of deep) expect(fresh.decidable(sql, options).barred).toBeDefined();
    expect(fresh.decidable('DELETE FROM a', options).facts.classes).toEqual(['write']);
  });

  it('survives any number of statements that overflow the parser itself', async () => {
    const fresh = await loadSqlParser();
    for (let round = 0; round < 60; round += 1) {
      const sql = `SELECT ${round}${'+1'.repeat(30_000)}`;
      expect(fresh.decidable(sql, options).barred).toBeDefined();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await expect
      .poll(() => fresh.decidable('DELETE FROM a -- after', options).facts.classes)
      .toEqual(['write']);
  });

  it('is not confused by locking subqueries inside each other', () => {
    let sql = 'SELECT * FROM a FOR UPDATE';
    for (let depth = 0; depth < 40; depth += 1) sql = `SELECT * FROM (${sql}) x FOR UPDATE`;
    expect(factsOf(sql).rowLocks).toBe(true);
  });
});

describe('the time that a text takes', () => {
  it.each([
    ['many statements', 'PREPARE p AS SELECT 1;', ''],
    ['many functions under one alias', ', f() AS g', 'SELECT g.a FROM t'],
    ['many references to one function', ', g.x', 'SELECT 1 FROM f() g ORDER BY 1'],
    ['many conditions', ' OR a = 1', 'DELETE FROM t WHERE a = 1'],
  ])('grows with its length and no faster: %s', (_name, piece, head) => {
    const cost = (length: number) =>
      Math.min(
        ...[1, 2, 3].map((round) => {
          const text = `${head}${piece.repeat(length / piece.length)} -- ${round}`;
          const started = process.cpuUsage();
          expect(decide(text).barred).toBeUndefined();
          const { user, system } = process.cpuUsage(started);
          return user + system;
        }),
      );
    cost(20_000);
    expect(cost(320_000) / cost(40_000)).toBeLessThan(30);
  });
});

describe('what is remembered', () => {
  it('is the same object for the same text and trust', () => {
    expect(decide('SELECT 1')).toBe(decide('SELECT 1'));
    expect(decide('SELECT f()', ['f'])).toBe(decide('SELECT f()', ['f']));
    expect(decide('SELECT f()', ['f'])).not.toBe(decide('SELECT f()'));
  });

  it('is keyed by the whole text: nothing is stripped', () => {
    expect(decide("SELECT 'a'")).not.toBe(decide("SELECT 'b'"));
    expect(decide('SELECT 1 ')).not.toBe(decide('SELECT 1'));
  });

  it('stays within its budget, and forgets what was not used', async () => {
    const small = await loadSqlParser({ cacheBytes: 64 << 10 });
    const first = small.decidable('SELECT 0', options);
    for (let n = 1; n < 20; n += 1) {
      small.decidable(`SELECT ${n}`, options);
      expect(small.decidable('SELECT 0', options)).toBe(first);
    }
    for (let n = 1; n < 200; n += 1) small.decidable(`SELECT ${n}`, options);
    expect(small.decidable('SELECT 0', options)).not.toBe(first);
  });

  it('does not let one huge text push out all others', async () => {
    const small = await loadSqlParser({ cacheBytes: 64 << 10 });
    const first = small.decidable('SELECT 0', options);
    for (let n = 0; n < 9; n += 1) small.decidable(`SELECT '${'x'.repeat(20_000 + n)}'`, options);
    expect(small.decidable('SELECT 0', options)).toBe(first);
  });
});

describe('trusted functions', () => {
  it.each([
    ['SELECT public.f()', ['public.f'], ['read']],
    ['SELECT public.f()', ['f'], ['read', 'opaque']],
    ['SELECT f()', ['public.f'], ['read', 'opaque']],
    ['SELECT f()', ['f'], ['read']],
    ['SELECT pg_sleep(1)', ['pg_catalog.pg_sleep'], ['read']],
    ['SELECT public.pg_sleep(1)', ['pg_catalog.pg_sleep'], ['read', 'opaque']],
    ['SELECT f(), g()', ['f'], ['read', 'opaque']],
    ["SELECT 'x'::public.status", ['public.status'], ['read']],
    ['SELECT a <=> b', ['<=>'], ['read']],
    ['SELECT (address).city', ['city'], ['read']],
    ['CALL app.p()', ['app.p'], ['write']],
    ["SELECT set_config('role', 'x', true)", ['pg_catalog.set_config'], ['read', 'dcl']],
    ['DO $$ BEGIN END $$', ['do'], ['opaque']],
  ])('%s, trusting %j: %j', (sql, trusted, classes) => {
    expect(factsOf(sql, trusted).classes).toEqual(classes);
  });
});

describe('names that JavaScript knows', () => {
  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])('%s is a name', (name) => {
    const sql = `SELECT "${name}"(1), x."${name}", "${name}"."${name}" FROM "${name}"() x, "${name}"`;
    expect(factsOf(sql).classes).toEqual(['read', 'opaque']);
    expect(factsOf(`SET "${name}" = 1`).classes).toEqual(['dcl']);
    expect(factsOf(`SELECT 1::"${name}"`).classes).toEqual(['read', 'opaque']);
    expect(factsOf(`EXPLAIN ("${name}") DELETE FROM a`).classes).toEqual(['read', 'write']);
  });
});

describe('the summary', () => {
  it('is one line of the statement itself', () => {
    expect(decide('DELETE\n\tFROM   accounts\r\n WHERE id = $1 ;').summary).toBe(
      'DELETE FROM accounts WHERE id = $1',
    );
  });

  it('does not let comments push the action away', () => {
    const comment = `/* SELECT 1 ${'x'.repeat(300)} */`;
    expect(decide(`${comment} DELETE ${comment} FROM accounts -- all`).summary).toBe(
      'DELETE FROM accounts',
    );
    expect(decide("SELECT '--', '/* x */'").summary).toBe("SELECT '--', '/* x */'");
  });

  it('shows every statement of several', () => {
    const long = `SELECT ${'1, '.repeat(200)}1`;
    const { summary } = decide(`${long}; DELETE FROM accounts; ${long}`);
    expect(summary.length).toBeLessThanOrEqual(200);
    expect(summary).toContain('DELETE FROM accounts');
  });

  it('is never longer than 200 characters, and never half a character', () => {
    const { summary } = decide(`SELECT '${'😀'.repeat(300)}'`);
    expect(summary.length).toBeLessThanOrEqual(200);
    expect(summary).not.toMatch(/\p{Cs}/u);
    expect(decide('x'.repeat(5_000)).summary.length).toBeLessThanOrEqual(200);
  });
});

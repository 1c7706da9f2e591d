import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sqlClasses } from '../../../../src/core/facts.ts';
import { bypasses } from './corpus-bypass.ts';
import { corpus } from './corpus-classes.ts';
import { corners } from './corpus-grammar.ts';
import { decide, factsOf, parser } from './shared-parser.ts';

const everything = [
  ...Object.values(corpus).flatMap((list) => list ?? []),
  ...corners,
  ...Object.values(bypasses).flatMap((list) => list.map((one) => one.sql)),
];
const statements = everything.filter((sql) => decide(sql).barred === undefined);
const single = statements.filter((sql) => factsOf(sql).statementCount === 1 && !sql.includes('--'));
const queries = single.filter(
  (sql) => /^\s*(SELECT|VALUES|TABLE)\b/i.test(sql) && !/\bINTO\b/i.test(sql) && !/;\s*$/.test(sql),
);
const changes = single.filter(
  (sql) => /^(INSERT|UPDATE|DELETE)\b/.test(sql) && !/CURRENT OF|RETURNING/.test(sql),
);

function expectNoWeaker(wrapped: string, original: string): void {
  const { facts, barred } = decide(wrapped);
  if (barred !== undefined) return;
  const before = factsOf(original);
  expect(facts.classes, wrapped).toEqual(expect.arrayContaining([...before.classes]));
  expect(facts.functions, wrapped).toEqual(expect.arrayContaining([...before.functions]));
  expect(facts.writes, wrapped).toEqual(expect.arrayContaining([...before.writes]));
}

function parses(sql: string): boolean {
  return decide(sql).barred === undefined;
}

const spoken = statements.filter((sql) => factsOf(sql).statementCount > 0);

const pick = (list: readonly string[]) => fc.constantFrom(...list);
const filler = fc
  .array(
    fc.constantFrom(
      ' ',
      '\n',
      '\t',
      '\f',
      '\r\n',
      '/* DELETE */',
      '/* /* ; */ */',
      '-- x\n',
      '/*--*/',
    ),
    {
      maxLength: 4,
    },
  )
  .map((parts) => ` ${parts.join(' ')} `);

describe('pitfall 11: no dress changes the class', () => {
  it('has what to dress', () => {
    expect(queries.length).toBeGreaterThan(80);
    expect(changes.length).toBeGreaterThan(10);
  });

  it('comments and white space around it', () => {
    fc.assert(
      fc.property(pick(statements), filler, filler, (sql, before, after) => {
        const dressed = `${before}${sql}\n${after}`;
        expect(parses(dressed)).toBe(true);
        expect(decide(dressed).facts).toEqual(factsOf(sql));
      }),
      { numRuns: 500 },
    );
  });

  it('comments and white space between its words', () => {
    fc.assert(
      fc.property(pick(single), filler, (sql, gap) => {
        if (!/['"$]/.test(sql)) expectNoWeaker(sql.replaceAll(' ', gap), sql);
      }),
      { numRuns: 300 },
    );
  });

  it('other statements before and behind it', () => {
    fc.assert(
      fc.property(fc.array(pick(spoken), { minLength: 1, maxLength: 5 }), (list) => {
        const text = list.join('\n;');
        for (const sql of list) expectNoWeaker(text, sql);
        expect(parser.statements(text)).toHaveLength(factsOf(text).statementCount);
      }),
      { numRuns: 300 },
    );
  });

  it.each<[string, (sql: string) => string]>([
    ['a CTE', (sql) => `WITH x AS (${sql}) SELECT 1`],
    ['a CTE of an UPDATE', (sql) => `WITH x AS (${sql}) UPDATE t SET a = 1 WHERE id = 1`],
    ['COPY', (sql) => `COPY (${sql}) TO STDOUT`],
    ['PREPARE', (sql) => `PREPARE p AS ${sql}`],
    ['EXPLAIN ANALYZE', (sql) => `EXPLAIN ANALYZE ${sql}`],
    ['EXPLAIN with odd options', (sql) => `EXPLAIN (VERBOSE, "analyze" 1) ${sql}`],
    ['a rule', (sql) => `CREATE RULE r AS ON INSERT TO t DO ALSO (${sql})`],
    ['an SQL function', (sql) => `CREATE FUNCTION f() RETURNS void BEGIN ATOMIC ${sql}; END`],
  ])('%s around a change', (_name, wrap) => {
    for (const sql of changes) {
      if (/^COPY|^CREATE/.test(wrap('')) && /\b(ON CONFLICT|wipe)\b/.test(sql)) continue;
      expectNoWeaker(wrap(sql), sql);
    }
  });

  it.each<[string, (sql: string) => string]>([
    ['parentheses', (sql) => `((${sql}))`],
    ['FROM', (sql) => `SELECT * FROM (${sql}) AS x`],
    ['LATERAL', (sql) => `SELECT * FROM t, LATERAL (${sql}) x`],
    ['a select list', (sql) => `SELECT (${sql})`],
    ['EXISTS', (sql) => `SELECT 1 WHERE NOT EXISTS (${sql})`],
    ['ARRAY', (sql) => `SELECT ARRAY(${sql})`],
    ['IN', (sql) => `SELECT 1 WHERE 1 IN (${sql})`],
    ['UNION', (sql) => `SELECT 1 UNION ALL (${sql})`],
    ['ORDER BY', (sql) => `SELECT 1 ORDER BY (${sql})`],
    ['LIMIT', (sql) => `SELECT 1 LIMIT (${sql})`],
    ['CASE', (sql) => `SELECT CASE WHEN true THEN (${sql}) END`],
    ['a function argument', (sql) => `SELECT lower((${sql})::text)`],
    ['a FILTER', (sql) => `SELECT count(*) FILTER (WHERE (${sql})) FROM t`],
    ['a window', (sql) => `SELECT count(*) OVER (ORDER BY (${sql}))`],
    ['a CTE', (sql) => `WITH RECURSIVE x AS (${sql}) SELECT 1`],
    ['INSERT', (sql) => `INSERT INTO t ${sql}`],
    ['a value of UPDATE', (sql) => `UPDATE t SET a = (${sql})`],
    ['WHERE of DELETE', (sql) => `DELETE FROM t WHERE id = (${sql})`],
    ['RETURNING', (sql) => `DELETE FROM t RETURNING (${sql})`],
    ['MERGE', (sql) => `MERGE INTO t USING (${sql}) s ON true WHEN MATCHED THEN DO NOTHING`],
    ['CREATE TABLE AS', (sql) => `CREATE TABLE n AS ${sql}`],
    ['CREATE VIEW', (sql) => `CREATE VIEW n AS ${sql}`],
    ['COPY', (sql) => `COPY (${sql}) TO STDOUT`],
    ['DECLARE', (sql) => `DECLARE c CURSOR FOR ${sql}`],
    ['PREPARE', (sql) => `PREPARE p AS ${sql}`],
    ['EXPLAIN ANALYZE', (sql) => `EXPLAIN ANALYZE ${sql}`],
    ['EXECUTE', (sql) => `EXECUTE p ((${sql}))`],
    ['CALL', (sql) => `CALL p ((${sql}))`],
    ['a policy', (sql) => `CREATE POLICY p ON t USING ((${sql}) = 1)`],
  ])('%s around a query', (name, wrap) => {
    let wrapped = 0;
    for (const sql of queries) {
      // INSERT … VALUES reads nothing.
      if (name === 'INSERT' && sql.startsWith('VALUES')) continue;
      if (!parses(wrap(sql))) continue;
      expectNoWeaker(wrap(sql), sql);
      wrapped += 1;
    }
    expect(wrapped).toBeGreaterThan(queries.length / 2);
  });
});

describe('whatever comes', () => {
  const known = new Set<string>(sqlClasses);

  function expectAnswer(text: string): void {
    const decidable = decide(text);
    expect(decidable.facts.classes.length).toBeGreaterThan(0);
    for (const name of decidable.facts.classes) expect(known).toContain(name);
    expect(decidable.summary.length).toBeLessThanOrEqual(200);
    expect(decidable.summary).not.toContain('\n');
    if (parser.statements(text).length !== decidable.facts.statementCount) {
      throw new Error('statements and facts disagree');
    }
  }

  it('arbitrary text gets an answer', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), expectAnswer), {
      numRuns: 2_000,
    });
  });

  it('arbitrary bytes, decoded one to one, get an answer', () => {
    const bytes = fc
      .uint8Array({ maxLength: 200 })
      .map((list) => Buffer.from(list).toString('latin1'));
    fc.assert(fc.property(bytes, expectAnswer), { numRuns: 1_000 });
  });

  it('shuffled words of SQL get an answer', () => {
    const words = fc.constantFrom(
      ...new Set(
        everything.flatMap((sql) => sql.split(/(\s+|[();,.])/)).filter((word) => word !== ''),
      ),
    );
    const text = fc.array(words, { maxLength: 25 }).map((list) => list.join(' '));
    fc.assert(fc.property(text, expectAnswer), { numRuns: 2_000 });
  });

  it('a statement with a piece cut out or doubled gets an answer', () => {
    const mutated = fc
      .tuple(pick(everything), fc.nat(200), fc.nat(30), fc.boolean())
      .map(([sql, at, length, doubled]) => {
        const piece = sql.slice(at, at + length);
        return `${sql.slice(0, at)}${doubled ? piece + piece : ''}${sql.slice(at + length)}`;
      });
    fc.assert(fc.property(mutated, expectAnswer), { numRuns: 2_000 });
  });
});

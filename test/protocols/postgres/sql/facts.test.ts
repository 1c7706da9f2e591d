import { describe, expect, it } from 'vitest';
import { decide, factsOf, names } from './shared-parser.ts';

describe('relations', () => {
  it.each<[string, string[], string[]]>([
    ['SELECT * FROM a JOIN b.c USING (id), (SELECT * FROM d) x', ['a', 'b.c', 'd'], []],
    [
      'SELECT (SELECT 1 FROM a), EXISTS (TABLE b) FROM c WHERE id IN (SELECT 1 FROM d)',
      ['a', 'b', 'c', 'd'],
      [],
    ],
    ['SELECT 1 FROM a ORDER BY (SELECT 1 FROM b) LIMIT (SELECT 1 FROM c)', ['a', 'b', 'c'], []],
    ['INSERT INTO s.a SELECT * FROM b RETURNING (SELECT 1 FROM c)', ['b', 'c', 's.a'], ['s.a']],
    ['UPDATE a SET x = (SELECT 1 FROM b) FROM c', ['b', 'c'], ['a']],
    ['DELETE FROM a USING b', ['b'], ['a']],
    ['MERGE INTO a USING (SELECT * FROM b) b ON true WHEN MATCHED THEN DO NOTHING', ['b'], ['a']],
    ['COPY a TO STDOUT', ['a'], []],
    ['COPY a FROM STDIN', [], ['a']],
    ['LOCK TABLE a IN ACCESS SHARE MODE', ['a'], []],
    ['LOCK TABLE a, s.b', [], ['a', 's.b']],
    ['SELECT * FROM a, b FOR UPDATE OF a', ['a', 'b'], ['a', 'b']],
    ['SELECT * INTO c FROM a', ['a'], ['c']],
    ['CREATE TABLE c AS SELECT * FROM a', ['a'], ['c']],
    ['CREATE TABLE c (x int REFERENCES a, LIKE b) INHERITS (d)', ['a', 'b'], ['c', 'd']],
    ['CREATE VIEW v AS SELECT * FROM a', ['a'], ['v']],
    ['DROP TABLE a, s.b', [], ['a', 's.b']],
    ['DROP VIEW db.s.v', [], ['s.v']],
    ['DROP TRIGGER t ON s.a', [], ['s.a']],
    ['DROP POLICY p ON a', [], ['a']],
    ["COMMENT ON COLUMN s.a.x IS ''", [], ['s.a']],
    ['TRUNCATE a, b', [], ['a', 'b']],
    ['ALTER TABLE a ATTACH PARTITION b DEFAULT', [], ['a', 'b']],
    ['CREATE INDEX ON a (x)', [], ['a']],
    ['GRANT SELECT ON a, s.b TO x', [], ['a', 's.b']],
    ['VACUUM a', [], ['a']],
    ['CREATE POLICY p ON a USING (EXISTS (SELECT 1 FROM b))', ['b'], ['a']],
    [
      'CREATE TRIGGER t AFTER INSERT ON a REFERENCING NEW TABLE AS n EXECUTE FUNCTION f ()',
      [],
      ['a'],
    ],
    ["SELECT nextval('s.q'), setval('r', 1)", [], ['r', 's.q']],
    ['EXPLAIN DELETE FROM a', [], ['a']],
    ['SELECT * FROM "A b"."C"', ['A b.C'], []],
  ])('%s', (sql, reads, writes) => {
    const facts = factsOf(sql);
    expect(names(facts.reads)).toEqual(reads);
    expect(names(facts.writes)).toEqual(writes);
  });
});

describe('a CTE is no relation where it is in scope, and only there', () => {
  it.each<[string, string[]]>([
    ['WITH a AS (SELECT 1) SELECT * FROM a', []],
    ['WITH a AS (SELECT 1) SELECT * FROM public.a', ['public.a']],
    ['WITH a AS (SELECT * FROM a) SELECT * FROM a', ['a']],
    ['WITH RECURSIVE a AS (SELECT 1 UNION ALL SELECT * FROM a) SELECT * FROM a', []],
    ['WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a, b', ['b']],
    ['WITH RECURSIVE a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a', []],
    ['SELECT * FROM (WITH a AS (SELECT 1) SELECT * FROM a) x, a', ['a']],
    ['SELECT * FROM (WITH a AS (SELECT 1) SELECT * FROM a) x; SELECT * FROM a', ['a']],
    ['WITH a AS (SELECT 1) SELECT * FROM (SELECT * FROM a) x WHERE EXISTS (SELECT 1 FROM a)', []],
    ['WITH a AS (SELECT 1) SELECT 1 UNION SELECT * FROM a', []],
  ])('%s', (sql, reads) => {
    expect(names(factsOf(sql).reads)).toEqual(reads);
  });

  it('never hides the table that a statement changes', () => {
    for (const sql of [
      'WITH a AS (SELECT 1) DELETE FROM a',
      'WITH a AS (SELECT 1) UPDATE a SET x = 1',
      'WITH a AS (SELECT 1) INSERT INTO a VALUES (1)',
    ]) {
      expect(names(factsOf(sql).writes)).toEqual(['a']);
    }
  });
});

describe('where', () => {
  it.each([
    ['DELETE FROM a', 'missing'],
    ['UPDATE a SET x = 1', 'missing'],
    ['DELETE FROM a WHERE true', 'constant'],
    ['DELETE FROM a WHERE 1 = 1', 'constant'],
    ['DELETE FROM a WHERE $1', 'constant'],
    ['DELETE FROM a WHERE id = id', 'constant'],
    ['DELETE FROM a WHERE a.id >= id', 'constant'],
    ['DELETE FROM a WHERE id = 1 OR true', 'constant'],
    ['DELETE FROM a WHERE id = 1 OR (1 = 1 AND 2 = 2)', 'constant'],
    ['DELETE FROM a WHERE NOT false', 'constant'],
    ["DELETE FROM a WHERE lower('x') = 'x'", 'constant'],
    ['DELETE FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.x = 1)', 'constant'],
    ['DELETE FROM a WHERE (SELECT count(*) FROM b) > 1', 'constant'],
    ['DELETE FROM a WHERE id = 1', 'present'],
    ['DELETE FROM a WHERE id = 1 AND true', 'present'],
    ['DELETE FROM a WHERE id IN (SELECT 1)', 'present'],
    ['DELETE FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.x = a.x)', 'present'],
    ['DELETE FROM a AS z WHERE EXISTS (SELECT 1 FROM b WHERE b.x = z.x)', 'present'],
    ['DELETE FROM a AS z WHERE EXISTS (SELECT 1 FROM a WHERE a.x = 1)', 'constant'],
    ['DELETE FROM a WHERE CURRENT OF c', 'present'],
    ['UPDATE a SET x = 1 WHERE x IS NULL', 'present'],
    ['MERGE INTO a USING b ON true WHEN MATCHED THEN DELETE', 'constant'],
    ['MERGE INTO a USING b ON a.x = b.x WHEN MATCHED THEN UPDATE SET x = 1', 'present'],
  ])('%s: %s', (sql, where) => {
    expect(factsOf(sql).where).toEqual([where]);
  });

  it('is a set over all statements, nested ones included', () => {
    const sql = 'WITH d AS (DELETE FROM a) UPDATE b SET x = 1 WHERE x = 2; SELECT 1';
    expect([...factsOf(sql).where].sort()).toEqual(['missing', 'present']);
    expect(factsOf('SELECT 1; INSERT INTO a VALUES (1)').where).toEqual([]);
  });
});

describe('statements are command tags', () => {
  it.each<[string, string[]]>([
    ['INSERT INTO a VALUES (1)', ['insert']],
    ['INSERT INTO a SELECT 1', ['insert', 'select']],
    ['WITH d AS (DELETE FROM a) SELECT 1', ['delete', 'select']],
    ['SELECT 1 INTO b', ['select', 'select_into']],
    ['CREATE TABLE a AS SELECT 1', ['create_table_as', 'select']],
    ['CREATE MATERIALIZED VIEW a AS SELECT 1', ['create_materialized_view', 'select']],
    ['ALTER TABLE a RENAME COLUMN b TO c', ['alter_table']],
    ['ALTER VIEW a RENAME TO c', ['alter_view']],
    ['ALTER INDEX a RENAME TO c', ['alter_index']],
    ['DROP MATERIALIZED VIEW a', ['drop_materialized_view']],
    ['DROP FOREIGN TABLE a', ['drop_foreign_table']],
    ['DROP DATABASE a', ['drop_database']],
    ['DROP ROUTINE f', ['drop_routine']],
    ['TRUNCATE a', ['truncate_table']],
    ['ANALYZE', ['analyze']],
    ['START TRANSACTION', ['start_transaction']],
    ['ROLLBACK TO s', ['rollback']],
    ["COMMIT PREPARED 'x'", ['commit_prepared']],
    ['RESET ALL', ['reset']],
    ['DISCARD ALL', ['discard_all']],
    ['DEALLOCATE ALL', ['deallocate_all']],
    ['CLOSE ALL', ['close_cursor_all']],
    ['CLOSE c', ['close_cursor']],
    ['MOVE c', ['move']],
    ['REVOKE a FROM b', ['revoke_role']],
    ['DECLARE c CURSOR FOR SELECT 1', ['declare_cursor', 'select']],
    ['PREPARE p AS DELETE FROM a', ['delete', 'prepare']],
    ['CREATE SCHEMA s CREATE TABLE t (x int)', ['create_schema', 'create_table']],
    [
      'CREATE RULE r AS ON INSERT TO a DO (DELETE FROM b; NOTIFY c)',
      ['create_rule', 'delete', 'notify'],
    ],
  ])('%s', (sql, statements) => {
    expect([...factsOf(sql).statements].sort()).toEqual(statements);
  });
});

describe('functions', () => {
  it.each<[string, string[]]>([
    ['SELECT pg_catalog.lower(f(a.g(1)))', ['a.g', 'f', 'pg_catalog.lower']],
    ['SELECT count(*) FROM t ORDER BY f()', ['count', 'f']],
    ['SELECT extract(year FROM now())', ['now', 'pg_catalog.extract']],
    ["SELECT 'x'::status, 1 OPERATOR(s.+) 2", ['s.+', 'status']],
    ['SELECT U&"lo\\005funlink"(1)', ['lo_unlink']],
    ['SELECT "Lower"(1)', ['Lower']],
    ['CALL s.p(f())', ['f', 's.p']],
    ['SELECT DISTINCT ON (f()) 1 GROUP BY g() HAVING h()', ['f', 'g', 'h']],
    [
      'SELECT sum(1) FILTER (WHERE f()) OVER (ORDER BY g() ROWS h() PRECEDING)',
      ['f', 'g', 'h', 'sum'],
    ],
    ['SELECT percentile_cont(f()) WITHIN GROUP (ORDER BY g())', ['f', 'g', 'percentile_cont']],
    ['SELECT * FROM a TABLESAMPLE system (f())', ['f']],
    ['SELECT 1 LIMIT f() OFFSET g()', ['f', 'g']],
    ['VALUES (f())', ['f']],
    ['SELECT a[f()] , ARRAY[g()], ROW(h())', ['f', 'g', 'h']],
    ['SELECT CASE f() WHEN g() THEN h() ELSE i() END', ['f', 'g', 'h', 'i']],
    [
      'INSERT INTO a VALUES (1) ON CONFLICT (f(x)) DO UPDATE SET y = g() WHERE h()',
      ['f', 'g', 'h'],
    ],
    ['EXPLAIN SELECT f()', ['f']],
    ['EXECUTE p (f())', ['f']],
    ['SELECT * FROM xmltable(f() PASSING g() COLUMNS a int DEFAULT h())', ['f', 'g', 'h']],
    ['SELECT json_query(f(), g() PASSING h() AS x DEFAULT i() ON ERROR)', ['f', 'g', 'h', 'i']],
    ['SELECT json_object(f(): g())', ['f', 'g']],
    ['WITH RECURSIVE a(x) AS (SELECT 1) CYCLE x SET y TO f() DEFAULT 1 USING z SELECT 1', []],
  ])('%s', (sql, functions) => {
    const { facts, barred } = decide(sql);
    if (functions.length === 0) expect(barred).toBeDefined();
    expect(names(facts.functions)).toEqual(functions);
  });
});

describe('flags', () => {
  it('counts statements, and leaves empty ones out', () => {
    expect(factsOf('').statementCount).toBe(0);
    expect(factsOf('; ;').statementCount).toBe(0);
    expect(factsOf('SELECT 1;').statementCount).toBe(1);
    expect(factsOf('SELECT 1; ; SELECT 2').statementCount).toBe(2);
  });

  it.each([
    ['COPY a FROM STDIN', 'from_stdin'],
    ['COPY a TO STDOUT', 'to_stdout'],
    ["COPY a FROM '/x'", 'from_file'],
    ["COPY (SELECT 1) TO '/x'", 'to_file'],
    ["COPY a FROM PROGRAM 'x'", 'program'],
    ["COPY a TO PROGRAM 'x'", 'program'],
  ])('%s is %s', (sql, copy) => {
    expect(factsOf(sql).copy).toEqual([copy]);
  });

  it('sees row locks and INTO wherever they are', () => {
    expect(factsOf('SELECT 1 FROM (SELECT 1 FROM a FOR SHARE) x').rowLocks).toBe(true);
    expect(factsOf('SELECT 1 FROM a').rowLocks).toBe(false);
    expect(factsOf('SELECT 1 INTO b').into).toBe(true);
    expect(factsOf('CREATE TABLE b AS SELECT 1').into).toBe(false);
  });
});

import { describe, expect, it } from 'vitest';
import { decide, factsOf, parser } from './shared-parser.ts';

const trustedFunctions: readonly string[] = [];

function one(sql: string) {
  const [statement] = parser.statements(sql);
  if (statement === undefined) throw new Error('no statement');
  return statement;
}

describe('what a session learns of a statement', () => {
  it.each([
    ['PREPARE p AS SELECT 1', { kind: 'prepare', name: 'p', innerText: 'SELECT 1' }],
    [
      'prepare P(int)as/* x */delete from "as"',
      { kind: 'prepare', name: 'p', innerText: '/* x */delete from "as"' },
    ],
    [
      'PREPARE "as" (numeric(10, 2), "for") AS SELECT 1 AS x',
      { kind: 'prepare', name: 'as', innerText: 'SELECT 1 AS x' },
    ],
    ['EXECUTE p(1)', { kind: 'execute', name: 'p' }],
    ['EXPLAIN ANALYZE EXECUTE p', { kind: 'execute', name: 'p' }],
    ['CREATE TABLE t AS EXECUTE p', { kind: 'execute', name: 'p' }],
    ['EXPLAIN ANALYZE CREATE TABLE t AS EXECUTE p', { kind: 'execute', name: 'p' }],
    ['DEALLOCATE p', { kind: 'deallocate', name: 'p', all: false }],
    ['DEALLOCATE ALL', { kind: 'deallocate', name: '', all: true }],
    [
      'DECLARE c CURSOR FOR SELECT 1',
      { kind: 'declare', name: 'c', innerText: 'SELECT 1', hold: false },
    ],
    [
      'DECLARE "for" BINARY INSENSITIVE SCROLL CURSOR WITH HOLD FOR SELECT 1 FOR UPDATE',
      { kind: 'declare', name: 'for', innerText: 'SELECT 1 FOR UPDATE', hold: true },
    ],
    ['FETCH 5 FROM c', { kind: 'fetch', name: 'c' }],
    ['MOVE ALL IN "C"', { kind: 'fetch', name: 'C' }],
    ['CLOSE c', { kind: 'close', name: 'c', all: false }],
    ['CLOSE ALL', { kind: 'close', name: '', all: true }],
    ['START TRANSACTION', { kind: 'begin' }],
    ['COMMIT', { kind: 'commit', chain: false }],
    ['END AND CHAIN', { kind: 'commit', chain: true }],
    ['ABORT', { kind: 'rollback', chain: false }],
    ['ROLLBACK AND CHAIN', { kind: 'rollback', chain: true }],
    ['SAVEPOINT s', { kind: 'savepoint', name: 's' }],
    ['RELEASE SAVEPOINT s', { kind: 'release', name: 's' }],
    ['ROLLBACK TO s', { kind: 'rollback_to', name: 's' }],
    ["PREPARE TRANSACTION 'x'", { kind: 'prepare_transaction' }],
    ["COMMIT PREPARED 'x'", { kind: 'other' }],
    ['SET x.y = 1', { kind: 'set', setting: { name: 'x.y', local: false, reset: false } }],
    [
      'SET LOCAL "Search_Path" = a',
      { kind: 'set', setting: { name: 'search_path', local: true, reset: false } },
    ],
    [
      'SET TIME ZONE LOCAL',
      { kind: 'set', setting: { name: 'timezone', local: false, reset: true } },
    ],
    ['RESET ROLE', { kind: 'set', setting: { name: 'role', local: false, reset: true } }],
    ['RESET ALL', { kind: 'set', setting: null }],
    ['DISCARD ALL', { kind: 'discard', what: 'all' }],
    ['DISCARD TEMPORARY', { kind: 'discard', what: 'temp' }],
    ["COPY t TO PROGRAM 'x'", { kind: 'copy', transfer: 'program', copied: null }],
    ['COPY t FROM STDIN', { kind: 'copy', transfer: 'from_stdin', copied: null }],
    ['SELECT 1', { kind: 'other' }],
  ])('%s', (sql, expected) => {
    expect(one(sql)).toEqual({ ...expected, text: sql });
  });

  it('cuts names as the server does: 63 bytes, never inside a character', () => {
    expect(one(`SAVEPOINT "${'é'.repeat(40)}"`)).toMatchObject({ name: 'é'.repeat(31) });
    expect(one(`EXECUTE ${'a'.repeat(70)}`)).toMatchObject({ name: 'a'.repeat(63) });
  });

  it('cuts texts by bytes where characters take several', () => {
    const sql = `SELECT 'é€😀'; PREPARE "ü€" AS SELECT '😀' ; DECLARE "😀" CURSOR FOR SELECT 'ß'`;
    expect(parser.statements(sql)).toEqual([
      { kind: 'other', text: "SELECT 'é€😀'" },
      {
        kind: 'prepare',
        text: `PREPARE "ü€" AS SELECT '😀'`,
        name: 'ü€',
        innerText: "SELECT '😀'",
      },
      {
        kind: 'declare',
        text: `DECLARE "😀" CURSOR FOR SELECT 'ß'`,
        name: '😀',
        innerText: "SELECT 'ß'",
        hold: false,
      },
    ]);
  });

  it('gives prepared text the facts that PREPARE has', () => {
    const prepare = one('PREPARE p (int) AS DELETE FROM accounts WHERE id = $1');
    if (prepare.kind !== 'prepare') throw new Error('not a PREPARE');
    expect(factsOf(prepare.innerText)).toMatchObject({ classes: ['write'], where: ['present'] });
  });

  it('has nothing to say of a text that does not parse', () => {
    expect(parser.statements('PREPARE p AS')).toEqual([]);
    expect(parser.statements('')).toEqual([]);
  });
});

describe('pitfall 10: EXECUTE and FETCH are decided by what they run', () => {
  const remove = decide('DELETE FROM accounts');
  const read = decide('SELECT lower(owner) FROM accounts');

  it('is unknown until the text behind the name is given', () => {
    expect(factsOf('EXECUTE p').classes).toEqual(['unknown']);
    expect(parser.resolve(decide('EXECUTE p'), [])).toBe(decide('EXECUTE p'));
    expect(parser.resolve(decide('EXECUTE p'), [remove, remove]).facts.classes).toEqual([
      'unknown',
    ]);
  });

  it('takes over every fact of that text', () => {
    const resolved = parser.resolve(decide('EXECUTE p'), [remove]);
    expect(resolved.facts).toMatchObject({
      classes: ['write'],
      where: ['missing'],
      writes: [{ schema: null, name: 'accounts' }],
      statementCount: 1,
    });
    expect([...resolved.facts.statements].sort()).toEqual(['delete', 'execute']);
    expect(resolved.text).toBe('EXECUTE p\nDELETE FROM accounts');
    expect(resolved.summary).toContain('DELETE FROM accounts');
  });

  it('keeps what the arguments of EXECUTE do', () => {
    const resolved = parser.resolve(decide('EXECUTE p (lo_unlink(1))'), [read]);
    expect(resolved.facts.classes).toEqual(['read', 'opaque']);
  });

  it('resolves several in order, and one of them unknown leaves the whole unknown', () => {
    const both = decide('EXECUTE p; FETCH c');
    expect(parser.resolve(both, [remove, read]).facts.classes).toEqual(['read', 'write']);
    expect(parser.resolve(both, [read, decide('EXECUTE q')]).facts.classes).toEqual([
      'read',
      'unknown',
    ]);
  });

  it('is barred when what it runs is', () => {
    const barred = decide('SELECT FROM FROM');
    expect(parser.resolve(decide('EXECUTE p'), [barred]).barred).toEqual(barred.barred);
  });

  it('hands out the same object again, so that a verdict can be remembered', () => {
    const first = parser.resolve(decide('EXECUTE p'), [remove]);
    expect(parser.resolve(decide('EXECUTE p'), [remove])).toBe(first);
    expect(parser.resolve(decide('EXECUTE p'), [read])).not.toBe(first);
    expect(parser.resolve(read, [])).toBe(read);
  });

  it('does not resolve EXECUTE hidden where the server would never run it', () => {
    const hidden = parser.decidable(
      'CREATE FUNCTION f () RETURNS int BEGIN ATOMIC EXECUTE p; END',
      {
        trustedFunctions,
      },
    );
    expect(hidden.facts.classes).toContain('unknown');
    expect(parser.statements(hidden.text)).toMatchObject([{ kind: 'other' }]);
  });
});

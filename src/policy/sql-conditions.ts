import type { SqlFacts, SqlName } from '../core/facts.ts';
import { compileGlobs } from '../core/glob.ts';
import type { SqlMatch } from '../core/rules.ts';
import type { Condition } from './condition.ts';
import { type FactsReader, isFlag, isOfProtocol, isOneOf, overSet } from './fact-conditions.ts';
import { compileNameGlob, showName } from './name-glob.ts';

const reader: FactsReader<SqlFacts> = {
  key: 'sql',
  read: (facts) => (facts.protocol === 'postgres' ? facts : null),
};

/** What a rule asks of SQL. A key that it leaves out asks nothing. */
export function sqlConditions(sql: SqlMatch, every: boolean): Condition[] {
  const conditions: Condition[] = [isOfProtocol(reader)];
  const words = (
    key: string,
    wanted: readonly string[] | undefined,
    factsOf: (facts: SqlFacts) => readonly string[],
    matches = isOneOf(wanted),
  ) => {
    if (wanted === undefined) return;
    conditions.push(overSet({ reader, key, every, wanted, factsOf, matches, show: String }));
  };
  const names = (
    key: string,
    wanted: readonly string[] | undefined,
    factsOf: (facts: SqlFacts) => readonly SqlName[],
  ) => {
    if (wanted === undefined) return;
    const globs = wanted.map(compileNameGlob);
    const matches = every
      ? (name: SqlName) => globs.some((glob) => glob.covers(name))
      : (name: SqlName) => globs.some((glob) => glob.touches(name));
    conditions.push(overSet({ reader, key, every, wanted, factsOf, matches, show: showName }));
  };
  words('class', sql.class, (facts) => facts.classes);
  words(
    'statements',
    sql.statements,
    (facts) => facts.statements,
    compileGlobs(sql.statements ?? []),
  );
  names('relations', sql.relations, (facts) => [...facts.reads, ...facts.writes]);
  names('functions', sql.functions, (facts) => facts.functions);
  words('where', sql.where, (facts) => facts.where);
  words('copy', sql.copy, (facts) => facts.copy);
  return [
    ...conditions,
    ...isFlag(reader, 'multiStatement', sql.multiStatement, (facts) => facts.statementCount > 1),
    ...isFlag(reader, 'rowLocks', sql.rowLocks, (facts) => facts.rowLocks),
    ...isFlag(reader, 'into', sql.into, (facts) => facts.into),
    ...isFlag(reader, 'maskedPredicate', sql.maskedPredicate, (facts) => facts.maskedPredicate),
  ];
}

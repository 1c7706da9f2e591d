import type { SqlFacts, SqlName } from '../core/facts.ts';
import type { RuleSpec, SqlMatch } from '../core/rules.ts';
import { type Condition, list } from './condition.ts';
import { compileGlobs } from './glob.ts';
import { compileNameGlob, showName } from './name-glob.ts';

/** Never let through by an allow rule that does not name the class, nor by a default. */
export const mustBeNamed: ReadonlySet<string> = new Set(['opaque', 'unknown']);

/**
 * Conditions on the facts, which are sets: an allow rule must cover every member, a deny or
 * review rule matches on any. A key that the rule leaves out asks nothing, with one exception:
 * an allow rule without classes does not cover what cannot be judged.
 */
export function sqlConditions(rule: RuleSpec): Condition[] {
  const { sql } = rule;
  const conditions = sql === undefined ? [] : conditionsOf(sql, rule.then === 'allow');
  if (rule.then === 'allow' && sql?.class === undefined) conditions.push(judged);
  return conditions;
}

function conditionsOf(sql: SqlMatch, every: boolean): Condition[] {
  const conditions: Condition[] = [];
  const words = (
    key: string,
    wanted: readonly string[] | undefined,
    factsOf: (facts: SqlFacts) => readonly string[],
    matches = isOneOf(wanted),
  ) => {
    if (wanted === undefined) return;
    conditions.push(overSet({ key: `sql.${key}`, every, wanted, factsOf, matches, show: String }));
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
    conditions.push(
      overSet({ key: `sql.${key}`, every, wanted, factsOf, matches, show: showName }),
    );
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
    ...isFlag('multiStatement', sql.multiStatement, (facts) => facts.statementCount > 1),
    ...isFlag('rowLocks', sql.rowLocks, (facts) => facts.rowLocks),
    ...isFlag('into', sql.into, (facts) => facts.into),
  ];
}

function isOneOf(wanted: readonly string[] | undefined): (word: string) => boolean {
  const set = new Set(wanted);
  return (word) => set.has(word);
}

interface OverSet<Member> {
  readonly key: string;
  readonly every: boolean;
  readonly wanted: readonly string[];
  readonly factsOf: (facts: SqlFacts) => readonly Member[];
  readonly matches: (member: Member) => boolean;
  readonly show: (member: Member) => string;
}

function overSet<Member>(spec: OverSet<Member>): Condition {
  const { key, every, wanted, factsOf, matches, show } = spec;
  if (every) {
    return {
      key,
      holds: ({ decidable }) => factsOf(decidable.facts).every(matches),
      explain: ({ decidable }) => {
        const uncovered = factsOf(decidable.facts).filter((member) => !matches(member));
        return uncovered.length === 0
          ? `covers all of it with ${list(wanted)}`
          : `does not cover ${list(unique(uncovered.map(show)))}`;
      },
    };
  }
  return {
    key,
    holds: ({ decidable }) => factsOf(decidable.facts).some(matches),
    explain: ({ decidable }) => {
      const members = factsOf(decidable.facts);
      const hit = members.filter(matches);
      if (hit.length > 0) return `has ${list(unique(hit.map(show)))}`;
      return members.length === 0
        ? `has none, so none of ${list(wanted)}`
        : `has ${list(unique(members.map(show)))}, none of ${list(wanted)}`;
    },
  };
}

const judged: Condition = {
  key: 'sql.class',
  holds: ({ decidable }) => !decidable.facts.classes.some((word) => mustBeNamed.has(word)),
  explain: ({ decidable }) => {
    const unjudged = decidable.facts.classes.filter((word) => mustBeNamed.has(word));
    return unjudged.length === 0
      ? 'nothing in it is opaque or unknown'
      : `it is ${list(unjudged)}, which an allow rule must name in its sql.class`;
  },
};

function isFlag(
  key: string,
  wanted: boolean | undefined,
  factOf: (facts: SqlFacts) => boolean,
): Condition[] {
  if (wanted === undefined) return [];
  const holds: Condition['holds'] = ({ decidable }) => factOf(decidable.facts) === wanted;
  return [
    {
      key: `sql.${key}`,
      holds,
      explain: (question) => `${key} is ${holds(question) ? wanted : !wanted}`,
    },
  ];
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}

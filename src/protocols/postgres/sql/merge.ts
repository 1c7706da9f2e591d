import type { SqlClass, SqlFacts, SqlName } from '../../../core/facts.ts';
import type { SqlDecidable } from '../../../core/operation.ts';
import { ordered } from './findings.ts';
import { summariseResolved } from './summary.ts';

/**
 * A statement together with the texts that it runs by name. `classes` are the statement's own,
 * without what was unknown for want of those texts.
 */
export function merge(
  own: SqlDecidable,
  classes: readonly SqlClass[],
  resolved: readonly SqlDecidable[],
): SqlDecidable {
  const others = resolved.map((decidable) => decidable.facts);
  const all = [own.facts, ...others];
  const facts: SqlFacts = {
    protocol: 'postgres',
    classes: ordered(new Set([classes, ...others.map((one) => one.classes)].flat())),
    statements: [...new Set(all.flatMap((one) => one.statements))],
    reads: names(all.flatMap((one) => one.reads)),
    writes: names(all.flatMap((one) => one.writes)),
    functions: names(all.flatMap((one) => one.functions)),
    where: [...new Set(all.flatMap((one) => one.where))],
    copy: [...new Set(all.flatMap((one) => one.copy))],
    statementCount: own.facts.statementCount,
    rowLocks: all.some((one) => one.rowLocks),
    into: all.some((one) => one.into),
    maskedPredicate: all.some((one) => one.maskedPredicate),
  };
  const barred = [own, ...resolved].find((one) => one.barred !== undefined)?.barred;
  return {
    protocol: 'postgres',
    facts,
    text: [own, ...resolved].map((one) => one.text).join('\n'),
    summary: summariseResolved(
      own.summary,
      resolved.map((one) => one.summary),
    ),
    ...(barred === undefined ? {} : { barred }),
  };
}

function names(list: readonly SqlName[]): readonly SqlName[] {
  return [
    ...new Map(list.map((name) => [JSON.stringify([name.schema, name.name]), name])).values(),
  ];
}

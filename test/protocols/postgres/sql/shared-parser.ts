import type { SqlFacts } from '../../../../src/core/facts.ts';
import type { SqlDecidable } from '../../../../src/core/operation.ts';
import { loadSqlParser } from '../../../../src/protocols/postgres/sql/parser.ts';

export const parser = await loadSqlParser();

const nothing: readonly string[] = [];

export function decide(sql: string, trustedFunctions = nothing): SqlDecidable {
  return parser.decidable(sql, { trustedFunctions });
}

export function factsOf(sql: string, trustedFunctions = nothing): SqlFacts {
  return decide(sql, trustedFunctions).facts;
}

/** `schema.name`, or `name`, sorted. */
export function names(list: SqlFacts['reads']): string[] {
  return list.map(({ schema, name }) => (schema === null ? name : `${schema}.${name}`)).sort();
}

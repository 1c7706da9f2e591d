import type { Facts, HttpFacts, SqlFacts, SqlName, SshFacts } from '../core/facts.ts';

/** Beyond these an expression is not evaluated: that counts as an error. */
const maxNames = 1000;

export type FactVariables = Readonly<Record<string, unknown>>;

/** What an expression reads as `sql`; null for an operation that is none. */
export function sqlVariable(facts: Facts): FactVariables | null {
  return facts.protocol === 'postgres' ? sqlOf(facts) : null;
}

/** What an expression reads as `ssh`; null for an operation that is none. */
export function sshVariable(facts: Facts): FactVariables | null {
  return facts.protocol === 'ssh' ? sshOf(facts) : null;
}

/** What an expression reads as `http`; null for an operation that is none. */
export function httpVariable(facts: Facts): FactVariables | null {
  return facts.protocol === 'http' ? httpOf(facts) : null;
}

function httpOf(facts: HttpFacts): FactVariables {
  const { classes, method, path, upgrade, body, graphql } = facts;
  const pairs = (list: HttpFacts['query']) =>
    bounded(list).map(({ name, value }) => ({ name, value }));
  return {
    ...{ classes, method, path, query: pairs(facts.query), headers: pairs(facts.headers) },
    upgrade: upgrade ?? '',
    body: body.kind,
    json: body.kind === 'json' ? body.value : null,
    graphqlTypes: graphql?.types ?? [],
    graphqlNames: graphql?.names ?? [],
    graphqlFields: graphql?.fields ?? [],
  };
}

function sqlOf(facts: SqlFacts): FactVariables {
  const { classes, statements, where, copy, rowLocks, into, maskedPredicate } = facts;
  return {
    classes,
    statements,
    reads: namesVariable(facts.reads),
    writes: namesVariable(facts.writes),
    functions: namesVariable(facts.functions),
    where,
    copy,
    statementCount: BigInt(facts.statementCount),
    rowLocks,
    into,
    maskedPredicate,
  };
}

function sshOf({ protocol: _, ...facts }: SshFacts): FactVariables {
  return { ...facts, commands: bounded(facts.commands).map(({ name, line }) => ({ name, line })) };
}

function namesVariable(names: readonly SqlName[]): { schema: string; name: string }[] {
  return bounded(names).map(({ schema, name }) => ({ schema: schema ?? '', name }));
}

function bounded<Item>(items: readonly Item[]): readonly Item[] {
  if (items.length > maxNames) throw new Error(`the operation has more than ${maxNames} names`);
  return items;
}

/** What stands for the facts of a protocol that the operation is not of. */
export const noSql: FactVariables = sqlOf({
  protocol: 'postgres',
  classes: [],
  statements: [],
  reads: [],
  writes: [],
  functions: [],
  where: [],
  copy: [],
  statementCount: 0,
  rowLocks: false,
  into: false,
  maskedPredicate: false,
});

export const noSsh: FactVariables = sshOf({
  protocol: 'ssh',
  kinds: [],
  classes: [],
  commands: [],
  paths: [],
  forward: [],
  hosts: [],
  sudo: false,
  redirects: false,
  substitutions: false,
  pty: false,
  environment: [],
});

export const noHttp: FactVariables = httpOf({
  protocol: 'http',
  classes: [],
  method: '',
  path: '',
  query: [],
  headers: [],
  upgrade: null,
  body: { kind: 'none' },
  graphql: null,
});

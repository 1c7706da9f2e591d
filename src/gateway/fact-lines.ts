import type { Facts, HttpFacts, KubernetesFacts, SqlFacts, SshFacts } from '../core/facts.ts';

/** Each fact that says something, in words. */
export function factLines(facts: Facts): (readonly [string, string])[] {
  return linesOf(facts).filter(([, value]) => value !== '');
}

function linesOf(facts: Facts): (readonly [string, string])[] {
  switch (facts.protocol) {
    case 'postgres':
      return sqlLines(facts);
    case 'ssh':
      return sshLines(facts);
    case 'http':
      return httpLines(facts);
    case 'kubernetes':
      return kubernetesLines(facts);
    default:
      return facts satisfies never;
  }
}

function httpLines(facts: HttpFacts): (readonly [string, string])[] {
  const { graphql } = facts;
  return [
    ['class', facts.classes.join(', ')],
    ['method', facts.method],
    ['path', facts.path],
    ['query', facts.query.map(({ name, value }) => `${name}=${value}`).join(', ')],
    ['headers', facts.headers.map(({ name, value }) => `${name}: ${value}`).join(', ')],
    ['upgrade', facts.upgrade ?? ''],
    ['body', facts.body.kind],
    ['graphql', [...(graphql?.types ?? []), ...(graphql?.fields ?? [])].join(', ')],
  ];
}

function kubernetesLines(facts: KubernetesFacts): (readonly [string, string])[] {
  const { resource, risks, images, impersonate } = facts;
  const { group, subresource } = { group: '', subresource: '', ...resource };
  return [
    ['class', facts.classes.join(', ')],
    ['verb', facts.verb],
    ['resource', resource?.resource ?? ''],
    ['group', group],
    ['subresource', subresource],
    ['namespace', facts.everyNamespace ? 'any' : (facts.namespace ?? '')],
    ['name', facts.name ?? ''],
    ['risk', risks.join(', ')],
    ['path', resource === null ? facts.path : ''],
    ['images', images.join(', ')],
    ['command', facts.command ?? ''],
    ['impersonate', impersonate.join(', ')],
    ['field manager', facts.fieldManager ?? ''],
    ['dry run', yes(facts.dryRun)],
    ['apply', yes(facts.apply)],
    ['force', yes(facts.force)],
  ];
}

function sqlLines(facts: SqlFacts): (readonly [string, string])[] {
  const names = (list: SqlFacts['reads']) =>
    list.map(({ schema, name }) => (schema === null ? name : `${schema}.${name}`)).join(', ');
  return [
    ['class', facts.classes.join(', ')],
    ['statements', facts.statements.join(', ')],
    ['reads', names(facts.reads)],
    ['writes', names(facts.writes)],
    ['functions', names(facts.functions)],
    ['where', facts.where.join(', ')],
    ['copy', facts.copy.join(', ')],
    ['multi-statement', facts.statementCount > 1 ? `yes, ${facts.statementCount}` : ''],
    ['row locks', yes(facts.rowLocks)],
    ['into', yes(facts.into)],
    ['masked predicate', yes(facts.maskedPredicate)],
  ];
}

function sshLines(facts: SshFacts): (readonly [string, string])[] {
  return [
    ['kind', facts.kinds.join(', ')],
    ['class', facts.classes.join(', ')],
    ['commands', facts.commands.map(({ line }) => line).join('; ')],
    ['paths', facts.paths.join(', ')],
    ['forward', facts.forward.join(', ')],
    ['hosts', facts.hosts.join(', ')],
    ['environment', facts.environment.join(', ')],
    ['sudo', yes(facts.sudo)],
    ['redirects', yes(facts.redirects)],
    ['substitutions', yes(facts.substitutions)],
    ['pty', yes(facts.pty)],
  ];
}

function yes(flag: boolean): string {
  return flag ? 'yes' : '';
}

import { compileGlob, compileGlobs } from '../core/glob.ts';
import type { RuleSpec } from '../core/rules.ts';
import { type Condition, list } from './condition.ts';

/**
 * The conditions that depend on the connection and the principal alone, so that what they
 * come to can be remembered for a session.
 */
export function standingConditions(rule: RuleSpec): Condition[] {
  const { connections, labels, principals } = rule;
  return [
    ...(connections === undefined ? [] : [onConnections(connections)]),
    ...(labels === undefined ? [] : [onLabels(labels)]),
    ...(principals?.groups === undefined ? [] : [onGroups(principals.groups)]),
    ...(principals?.users === undefined ? [] : [onUsers(principals.users, rule.then)]),
    ...(principals?.kinds === undefined ? [] : [onKinds(principals.kinds)]),
  ];
}

function onConnections(globs: readonly string[]): Condition {
  const matches = compileGlobs(globs);
  return {
    key: 'connections',
    holds: ({ connection }) => matches(connection.name),
    explain: ({ connection }) =>
      matches(connection.name)
        ? `the connection is ${connection.name}`
        : `the connection ${connection.name} is none of ${list(globs)}`,
  };
}

function onLabels(labels: Readonly<Record<string, string>>): Condition {
  const wanted = Object.entries(labels).map(([label, glob]) => ({
    label,
    glob,
    matches: compileGlob(glob),
  }));
  const failing = (has: Readonly<Record<string, string>>) =>
    wanted.find(({ label, matches }) => {
      const value = Object.hasOwn(has, label) ? has[label] : undefined;
      return value === undefined || !matches(value);
    });
  return {
    key: 'labels',
    holds: ({ connection }) => failing(connection.labels) === undefined,
    explain: ({ connection }) => {
      const missing = failing(connection.labels);
      return missing === undefined
        ? `the connection has ${list(wanted.map(({ label, glob }) => `${label}: ${glob}`))}`
        : `the connection does not have ${missing.label}: ${missing.glob}`;
    },
  };
}

function onGroups(globs: readonly string[]): Condition {
  const matches = compileGlobs(globs);
  return {
    key: 'principals.groups',
    holds: ({ principal }) => principal.groups.some(matches),
    explain: ({ principal }) => {
      const in_ = principal.groups.filter(matches);
      return in_.length > 0
        ? `${principal.name} is in ${list(in_)}`
        : `${principal.name} is in none of ${list(globs)}`;
    },
  };
}

/**
 * A user is named by name or subject. Deny and review rules also reach the CI jobs and agents
 * that belong to the person, in any spelling; what a person may do, their agent may not for
 * that alone.
 */
function onUsers(globs: readonly string[], then: RuleSpec['then']): Condition {
  const spell = then === 'allow' ? (text: string) => text : anySpelling;
  const matches = compileGlobs(globs.map(spell));
  const holds: Condition['holds'] = ({ principal: { name, subject, person } }) =>
    [name, subject, ...(then === 'allow' ? [] : [person])].some((text) => matches(spell(text)));
  return {
    key: 'principals.users',
    holds,
    explain: (question) =>
      holds(question)
        ? `the user is ${question.principal.name}`
        : `the user ${question.principal.name} is none of ${list(globs)}`,
  };
}

function onKinds(kinds: readonly string[]): Condition {
  return {
    key: 'principals.kinds',
    holds: ({ principal }) => kinds.includes(principal.kind),
    explain: ({ principal }) =>
      kinds.includes(principal.kind)
        ? `the principal is of kind ${principal.kind}`
        : `the principal is of kind ${principal.kind}, not ${list(kinds)}`,
  };
}

function anySpelling(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

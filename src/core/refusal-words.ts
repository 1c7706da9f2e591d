import { safeLine } from './safe-text.ts';
import type { ChainRequirement } from './verdict.ts';

/** `rule "a", "b"`, fit for a terminal. */
export function naming(what: string, names: readonly string[]): string {
  const listed = names.map((name) => `"${safeLine(name)}"`).join(', ');
  return `${what}${names.length === 1 ? '' : 's'} ${listed === '' ? '(none)' : listed}`;
}

/** `Chain "dba": 1 of group dba, then 2 of group leads or user ann`. Not yet fit for a terminal. */
export function approversOf(chain: ChainRequirement): string {
  const stages = chain.stages.map(({ groups = [], users = [], count }) => {
    const who = [...groups.map((name) => `group ${name}`), ...users.map((name) => `user ${name}`)];
    return `${count} of ${who.join(' or ')}`;
  });
  return `Chain "${chain.name}": ${stages.join(', then ')}`;
}

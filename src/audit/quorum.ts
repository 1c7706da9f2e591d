import type { AuditChain, AuditPrincipal } from '../core/audit-record.ts';
import type { StageSpec } from '../core/rules.ts';

/**
 * Whether these people can fill every place of every chain, each person one place. Written for
 * the log alone, without the code whose work it checks; in what order the stages were filled is
 * for the gateway to see to.
 */
export function isQuorum(
  chains: readonly AuditChain[],
  approvers: readonly AuditPrincipal[],
): boolean {
  const places = chains.flatMap(({ stages }) =>
    stages.flatMap((stage) => Array.from({ length: stage.count }, () => stage)),
  );
  const people = distinct(approvers);
  const seatOf = new Map<AuditPrincipal, number>();

  /** An augmenting path: a person who sits elsewhere may move. */
  function fill(place: number, tried: Set<AuditPrincipal>): boolean {
    const spec = places[place];
    for (const person of people) {
      if (spec === undefined || tried.has(person) || !fits(person, spec)) continue;
      tried.add(person);
      const held = seatOf.get(person);
      if (held !== undefined && !fill(held, tried)) continue;
      seatOf.set(person, place);
      return true;
    }
    return false;
  }

  return chains.length > 0 && places.every((_, place) => fill(place, new Set()));
}

export function samePerson(
  one: Pick<AuditPrincipal, 'person' | 'personNamespace'>,
  other: Pick<AuditPrincipal, 'person' | 'personNamespace'>,
): boolean {
  return one.person === other.person && one.personNamespace === other.personNamespace;
}

function distinct(people: readonly AuditPrincipal[]): readonly AuditPrincipal[] {
  return people.filter(
    (person, index) => people.findIndex((each) => samePerson(each, person)) === index,
  );
}

function fits(
  { groups, name, person, subject }: AuditPrincipal,
  { groups: wanted = [], users = [] }: StageSpec,
): boolean {
  return (
    wanted.some((group) => groups.includes(group)) ||
    users.some((user) => [person, name, subject].includes(user))
  );
}

import { type Principal, personKey } from '../core/principal.ts';
import type { Decision, HeldRequest } from '../core/request.ts';
import type { StageSpec } from '../core/rules.ts';
import type { ChainRequirement } from '../core/verdict.ts';
import { type Seat, type Seating, seating } from './seating.ts';

export type ReviewerObjectionCode =
  | 'OWN_REQUEST'
  | 'OTHER_NAMESPACE'
  | 'NOT_ELIGIBLE'
  | 'ALREADY_DECIDED_BY_PERSON';

/** Why someone's decision would not count. */
export interface ReviewerObjection {
  readonly code: ReviewerObjectionCode;
  readonly message: string;
}

type Reviewable = Pick<HeldRequest, 'principal' | 'chains' | 'decisions'>;

/** The place that the reviewer's decision would take now, or why it would take none. */
export function placeOf(
  request: Reviewable,
  reviewer: Principal,
): { readonly seat: Seat<Principal> } | { readonly objection: ReviewerObjection } {
  const objection = personalObjection(request.principal, reviewer);
  if (objection !== null) return { objection };
  if (request.decisions.some(({ by }) => personKey(by) === personKey(reviewer))) {
    return { objection: object('ALREADY_DECIDED_BY_PERSON', 'you have decided already') };
  }
  const seat = seated(request.chains, request.decisions, request.principal).offer(reviewer);
  if (seat === null) return { objection: object('NOT_ELIGIBLE', 'it does not wait for you') };
  return { seat };
}

/** Whether these decisions satisfy every chain, as the requester and the chains stand now. */
export function satisfied(
  chains: readonly ChainRequirement[],
  decisions: readonly Decision[],
  requester: Principal,
): boolean {
  return chains.length > 0 && seated(chains, decisions, requester).missing().length === 0;
}

/** Who may look at a request, and end its approval: anyone that some stage of it names. */
export function mayReview(request: Reviewable, reviewer: Principal): boolean {
  return (
    personalObjection(request.principal, reviewer) === null &&
    request.chains.some(({ stages }) => stages.some((spec) => fits(reviewer, spec)))
  );
}

/** What is still missing, one line for each stage: `1 of group dba (chain dba)`. */
export function missingPeople(request: Reviewable): string[] {
  return seated(request.chains, request.decisions, request.principal)
    .missing()
    .map(({ chain, stage, spec, holders }) => {
      const count = chain.stages.length;
      const where = count > 1 ? `${chain.name}, stage ${stage + 1} of ${count}` : chain.name;
      return `${spec.count - holders.length} of ${whom(spec)} (chain ${where})`;
    });
}

/**
 * Whether enough people can exist. Groups come with tokens, so a stage that names one is
 * presumed satisfiable; stages of named users need different people other than the requester.
 */
export function satisfiable(chains: readonly ChainRequirement[], requester: Principal): boolean {
  const named = chains.flatMap((chain) =>
    chain.stages
      .filter(({ groups }) => groups === undefined || groups.length === 0)
      .map((spec) => ({ ...chain, stages: [spec] })),
  );
  const table = seating<string>(named, (name, { users = [] }) => users.includes(name));
  const names = new Set(named.flatMap(({ stages }) => stages.flatMap(({ users = [] }) => users)));
  for (const name of names) if (!namesOf(requester).includes(name)) table.offer(name);
  return table.missing().length === 0;
}

function seated(
  chains: readonly ChainRequirement[],
  decisions: readonly Decision[],
  requester: Principal,
): Seating<Principal> {
  const table = seating<Principal>(chains, fits);
  const persons = new Set<string>();
  for (const { kind, by } of decisions) {
    const person = personKey(by);
    if (kind !== 'approve' || persons.has(person)) continue;
    if (personalObjection(requester, by) !== null) continue;
    persons.add(person);
    table.offer(by);
  }
  return table;
}

function personalObjection(requester: Principal, reviewer: Principal): ReviewerObjection | null {
  if (personKey(requester) === personKey(reviewer)) {
    return object('OWN_REQUEST', 'it is your own request');
  }
  if (reviewer.kind !== 'human') return object('NOT_ELIGIBLE', 'only people decide');
  if (requester.personNamespace !== reviewer.personNamespace) {
    return object(
      'OTHER_NAMESPACE',
      'you and the requester are known to different namespaces of people',
    );
  }
  return null;
}

function fits(principal: Principal, { groups = [], users = [] }: StageSpec): boolean {
  return (
    groups.some((group) => principal.groups.includes(group)) ||
    users.some((user) => namesOf(principal).includes(user))
  );
}

/** An agent's own name says nothing of a person; only its owner does. */
function namesOf({ kind, person, name, subject }: Principal): readonly string[] {
  return kind === 'human' ? [person, name, subject] : [person];
}

function whom({ groups = [], users = [] }: StageSpec): string {
  const parts = [
    groups.length === 0 ? '' : `group ${groups.join(' or ')}`,
    users.length === 0 ? '' : `user ${users.join(' or ')}`,
  ];
  return parts.filter((part) => part !== '').join(' or ');
}

function object(code: ReviewerObjectionCode, message: string): ReviewerObjection {
  return { code, message };
}

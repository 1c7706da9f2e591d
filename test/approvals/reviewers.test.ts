import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { missingPeople, placeOf, satisfiable, satisfied } from '../../src/approvals/reviewers.ts';
import type { Principal } from '../../src/core/principal.ts';
import type { Decision } from '../../src/core/request.ts';
import type { ChainRequirement } from '../../src/core/verdict.ts';
import { agent, chain, engineer, heldRequest, principal, reviewer, reviewer2 } from './bench.ts';
import { someSignature } from './signing.ts';

function approvals(...people: readonly Principal[]): Decision[] {
  return people.map((by) => ({
    kind: 'approve',
    by,
    at: 1,
    reason: null,
    chain: 'dba',
    stage: 0,
    signature: someSignature,
  }));
}

const both = [chain(), chain({ name: 'security', stages: [{ groups: ['security'], count: 1 }] })];

describe('counting people', () => {
  it('pitfall 41: counts one person in two groups once', () => {
    const two = [chain({ stages: [{ groups: ['dba', 'security'], count: 2 }] })];
    expect(satisfied(two, approvals(reviewer2), engineer)).toBe(false);
    expect(satisfied(both, approvals(reviewer2), engineer)).toBe(false);
    const request = heldRequest({ chains: both, decisions: approvals(reviewer2) });
    expect(placeOf(request, reviewer2)).toMatchObject({
      objection: { code: 'ALREADY_DECIDED_BY_PERSON' },
    });
  });

  it('pitfall 41: knows a person again under another account', () => {
    const alias = principal('alias', { person: 'reviewer', groups: ['dba'] });
    const chains = [chain({ stages: [{ groups: ['dba'], count: 2 }] })];
    const decisions = approvals(reviewer);
    expect(placeOf(heldRequest({ chains, decisions }), alias)).toMatchObject({
      objection: { code: 'ALREADY_DECIDED_BY_PERSON' },
    });
    expect(satisfied(chains, approvals(reviewer, alias), engineer)).toBe(false);
  });

  it('never counts an approval of the requester’s own person, even one that was stored', () => {
    expect(satisfied([chain()], approvals(engineer), agent)).toBe(false);
  });

  it('is satisfied by nobody when there is no chain at all', () => {
    expect(satisfied([], approvals(reviewer), engineer)).toBe(false);
  });

  it('lets whoever came first make room for a later one who fits only their place', () => {
    const onlyDba = principal('only-dba', { groups: ['dba'] });
    const request = heldRequest({ chains: both, decisions: approvals(reviewer2) });
    expect(placeOf(request, onlyDba)).toHaveProperty('seat');
    expect(satisfied(both, approvals(reviewer2, onlyDba), engineer)).toBe(true);
  });

  it('opens a stage only when the one before it is full', () => {
    const staged = [
      chain({
        stages: [
          { groups: ['dba'], count: 1 },
          { groups: ['security'], count: 1 },
        ],
      }),
    ];
    const security = principal('sec', { groups: ['security'] });
    expect(placeOf(heldRequest({ chains: staged }), security)).toHaveProperty('objection');
    const decisions = approvals(reviewer);
    expect(placeOf(heldRequest({ chains: staged, decisions }), security)).toMatchObject({
      seat: { stage: 1 },
    });
  });

  it('says what is missing', () => {
    const chains = [
      chain({ stages: [{ groups: ['dba', 'sre'], users: ['ann@example.com'], count: 2 }] }),
      chain({
        name: 'late',
        stages: [
          { users: ['bob'], count: 1 },
          { groups: ['x'], count: 3 },
        ],
      }),
    ];
    expect(missingPeople(heldRequest({ chains, decisions: approvals(reviewer) }))).toEqual([
      '1 of group dba or sre or user ann@example.com (chain dba)',
      '1 of user bob (chain late, stage 1 of 2)',
      '3 of group x (chain late, stage 2 of 2)',
    ]);
  });
});

describe('satisfiable', () => {
  const users = (...names: string[]) => chain({ stages: [{ users: names, count: 1 }] });

  it('presumes that a group has members', () => {
    expect(satisfiable([chain({ stages: [{ groups: ['g'], count: 9 }] })], engineer)).toBe(true);
  });

  it('is not, when only the requester is named, under any of their names', () => {
    expect(satisfiable([users('engineer')], engineer)).toBe(false);
    expect(satisfiable([users('sub-engineer')], engineer)).toBe(false);
    expect(satisfiable([users('engineer')], agent)).toBe(false);
    expect(satisfiable([users('engineer', 'ann')], engineer)).toBe(true);
  });

  it('is not, when more people are needed than are named', () => {
    const two = chain({ stages: [{ users: ['ann', 'engineer'], count: 2 }] });
    expect(satisfiable([two], engineer)).toBe(false);
    expect(satisfiable([two], principal('other'))).toBe(true);
  });

  it('is not, when two stages need the same one person', () => {
    const chains = [users('ann'), { ...users('ann'), name: 'second' }];
    expect(satisfiable(chains, engineer)).toBe(false);
  });
});

describe('seating, by property', () => {
  const letters = ['a', 'b', 'c'] as const;
  const chainsOf: fc.Arbitrary<ChainRequirement[]> = fc.array(
    fc
      .record({
        groups: fc.subarray([...letters], { minLength: 1 }),
        count: fc.integer({ min: 1, max: 2 }),
      })
      .map((stage) => chain({ stages: [stage] })),
    { minLength: 1, maxLength: 3 },
  );
  const people = fc
    .array(fc.subarray([...letters]), { maxLength: 6 })
    .map((all) => all.map((groups, index) => principal(`p${index}`, { groups })));

  it('is satisfied exactly when some assignment of distinct people fills every place', () => {
    fc.assert(
      fc.property(chainsOf, people, (chains, who) => {
        const places = chains.flatMap(({ stages }) =>
          stages.flatMap(({ groups = [], count }) => Array.from({ length: count }, () => groups)),
        );
        return satisfied(chains, approvals(...who), engineer) === assignable(places, who);
      }),
    );
  });

  it('does not depend on who came first', () => {
    fc.assert(
      fc.property(chainsOf, people, (chains, who) => {
        const forwards = satisfied(chains, approvals(...who), engineer);
        return satisfied(chains, approvals(...who.toReversed()), engineer) === forwards;
      }),
    );
  });
});

/** Tries every assignment there is. */
function assignable(places: readonly (readonly string[])[], who: readonly Principal[]): boolean {
  const [first, ...rest] = places;
  if (first === undefined) return true;
  return who.some(
    (person) =>
      first.some((group) => person.groups.includes(group)) &&
      assignable(
        rest,
        who.filter((other) => other !== person),
      ),
  );
}

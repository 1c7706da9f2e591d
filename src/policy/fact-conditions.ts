import type { Facts, Protocol } from '../core/facts.ts';
import type { PolicyQuestion } from '../core/policy.ts';
import { type Condition, list } from './condition.ts';

/** The facts of one protocol, under the key that rules have for it. */
export interface FactsReader<OfOne extends Facts> {
  readonly key: 'sql' | 'ssh' | 'http' | 'kubernetes';
  /** Null for an operation of another protocol. */
  read(facts: Facts): OfOne | null;
}

const keys: Readonly<Record<Protocol, FactsReader<Facts>['key']>> = {
  postgres: 'sql',
  ssh: 'ssh',
  http: 'http',
  kubernetes: 'kubernetes',
};

/** A rule that asks for facts of one protocol says nothing about any other. */
export function isOfProtocol<OfOne extends Facts>({ key, read }: FactsReader<OfOne>): Condition {
  return {
    key,
    holds: ({ decidable }) => read(decidable.facts) !== null,
    explain: ({ decidable }) =>
      read(decidable.facts) === null
        ? `the operation is ${keys[decidable.protocol]}, not ${key}`
        : `the operation is ${key}`,
  };
}

export interface OverSet<OfOne extends Facts, Member> {
  readonly reader: FactsReader<OfOne>;
  readonly key: string;
  /** Whether it must cover every member, as an allow rule does; else any will do. */
  readonly every: boolean;
  readonly wanted: readonly string[];
  readonly factsOf: (facts: OfOne) => readonly Member[];
  readonly matches: (member: Member) => boolean;
  readonly show: (member: Member) => string;
}

/** Facts are sets: an allow rule must cover every member, a deny or review rule matches on any. */
export function overSet<OfOne extends Facts, Member>(spec: OverSet<OfOne, Member>): Condition {
  const { reader, wanted, matches } = spec;
  const key = `${reader.key}.${spec.key}`;
  const members = ({ decidable }: PolicyQuestion) => {
    const facts = reader.read(decidable.facts);
    return facts === null ? null : spec.factsOf(facts);
  };
  const shown = (of: readonly Member[]) => list([...new Set(of.map(spec.show))]);
  if (spec.every) {
    return {
      key,
      holds: (question) => members(question)?.every(matches) ?? false,
      explain(question) {
        const uncovered = (members(question) ?? []).filter((member) => !matches(member));
        return uncovered.length === 0
          ? `covers all of it with ${list(wanted)}`
          : `does not cover ${shown(uncovered)}`;
      },
    };
  }
  return {
    key,
    holds: (question) => members(question)?.some(matches) ?? false,
    explain(question) {
      const all = members(question) ?? [];
      const hit = all.filter(matches);
      if (hit.length > 0) return `has ${shown(hit)}`;
      return all.length === 0
        ? `has none, so none of ${list(wanted)}`
        : `has ${shown(all)}, none of ${list(wanted)}`;
    },
  };
}

/** That there is anything to cover: an allow rule does not hold for want of something to ask. */
export function hasSome<OfOne extends Facts>(
  reader: FactsReader<OfOne>,
  key: string,
  factsOf: (facts: OfOne) => readonly unknown[],
): Condition {
  const some = ({ decidable }: PolicyQuestion) => {
    const facts = reader.read(decidable.facts);
    return facts !== null && factsOf(facts).length > 0;
  };
  return {
    key: `${reader.key}.${key}`,
    holds: some,
    explain: (question) => (some(question) ? `it has ${key}` : `it has no ${key}`),
  };
}

export function isFlag<OfOne extends Facts>(
  reader: FactsReader<OfOne>,
  key: string,
  wanted: boolean | undefined,
  factOf: (facts: OfOne) => boolean,
): Condition[] {
  if (wanted === undefined) return [];
  const fact = ({ decidable }: PolicyQuestion) => {
    const facts = reader.read(decidable.facts);
    return facts === null ? null : factOf(facts);
  };
  return [
    {
      key: `${reader.key}.${key}`,
      holds: (question) => fact(question) === wanted,
      explain: (question) => `${key} is ${fact(question)}`,
    },
  ];
}

export function isOneOf(wanted: readonly string[] | undefined): (word: string) => boolean {
  const set = new Set(wanted);
  return (word) => set.has(word);
}

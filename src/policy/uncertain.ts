import type { Facts } from '../core/facts.ts';
import type { PolicyQuestion } from '../core/policy.ts';
import type { Condition } from './condition.ts';
import type { FactsReader } from './fact-conditions.ts';

export interface Uncertain<OfOne extends Facts> {
  readonly reader: FactsReader<OfOne>;
  readonly key: string;
  readonly every: boolean;
  readonly isUncertain: (facts: OfOne) => boolean;
  readonly holds: (facts: OfOne) => boolean;
  readonly explain: (facts: OfOne) => string;
  readonly explainUncertain: string;
}

/** What could not be known is what a deny or review rule looks for, and not what is allowed. */
export function uncertain<OfOne extends Facts>(spec: Uncertain<OfOne>): Condition {
  const { reader, key, every, isUncertain, holds, explain } = spec;
  const factsOf = ({ decidable }: PolicyQuestion) => reader.read(decidable.facts);
  return {
    key: `${reader.key}.${key}`,
    holds(question) {
      const facts = factsOf(question);
      if (facts === null) return false;
      return isUncertain(facts) ? !every : holds(facts);
    },
    explain(question) {
      const facts = factsOf(question);
      if (facts === null) return `is of another protocol than ${reader.key}`;
      return isUncertain(facts) ? spec.explainUncertain : explain(facts);
    },
  };
}

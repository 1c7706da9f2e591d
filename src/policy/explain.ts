import type { PolicyQuestion } from '../core/policy.ts';
import type { PolicySpec, RuleSpec } from '../core/rules.ts';
import type { Verdict } from '../core/verdict.ts';
import { compileChecked } from './policy.ts';

export interface RuleExplanation {
  readonly name: string;
  readonly then: RuleSpec['then'];
  readonly matched: boolean;
  /** Every condition, whether it held, and why. Not yet safe for a terminal. */
  readonly conditions: readonly {
    readonly key: string;
    readonly held: boolean;
    readonly because: string;
  }[];
}

export interface PolicyExplanation {
  readonly verdict: Verdict;
  /** In the order of the file. */
  readonly rules: readonly RuleExplanation[];
}

/** The verdict and what each rule made of the question; throws as `compilePolicy` does. */
export function explainPolicy(spec: PolicySpec, question: PolicyQuestion): PolicyExplanation {
  const { policy, rules } = compileChecked(spec);
  return {
    verdict: policy.evaluate(question),
    rules: rules.map((rule) => {
      const conditions = [...rule.standing, ...rule.operation].map((condition) => ({
        key: condition.key,
        held: condition.holds(question),
        because: condition.explain(question),
      }));
      return {
        name: rule.spec.name,
        then: rule.spec.then,
        matched: conditions.every(({ held }) => held),
        conditions,
      };
    }),
  };
}

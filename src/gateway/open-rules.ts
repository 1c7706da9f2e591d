import type { RuleExplanation } from '../policy/explain.ts';

type Condition = RuleExplanation['conditions'][number];

/** A rule of which some conditions may hang on what only the database's catalog tells. */
export interface OpenRuleExplanation extends Omit<RuleExplanation, 'matched' | 'conditions'> {
  /** Null: it cannot be told. */
  readonly matched: boolean | null;
  readonly conditions: readonly (Omit<Condition, 'held'> & { readonly held: boolean | null })[];
}

/** What all explanations of the same rules agree on. */
export function openRules(
  explanations: readonly (readonly RuleExplanation[])[],
): readonly OpenRuleExplanation[] {
  const [first = [], ...others] = explanations;
  return first.map((rule, index) => {
    const same = others.flatMap((rules) => rules[index] ?? []);
    const conditions = rule.conditions.map((condition, at) => {
      const agreed = same.every(({ conditions: own }) => own[at]?.held === condition.held);
      return agreed ? condition : { ...condition, held: null, because: untold };
    });
    const matched = same.every((each) => each.matched === rule.matched) ? rule.matched : null;
    return { ...rule, matched, conditions };
  });
}

const untold = "cannot be told without the database's catalog";

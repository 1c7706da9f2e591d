import type { PolicyQuestion } from '../core/policy.ts';
import type { ChainSpec, PolicySpec } from '../core/rules.ts';
import type { ChainRequirement, Verdict } from '../core/verdict.ts';
import { unjudged } from './judged.ts';
import type { CompiledRule } from './rule.ts';
import type { RuleSet } from './rule-set.ts';

export interface Terms {
  readonly ruleSet: RuleSet;
  readonly chains: PolicySpec['chains'];
  readonly unmatched: PolicySpec['unmatched'];
  readonly revision: string;
}

/** The strictest matching rule wins. What it returns does not depend on the order of rules. */
export function decide(terms: Terms, question: PolicyQuestion): Verdict {
  const { revision } = terms;
  const { barred } = question.decidable;
  if (barred !== undefined) {
    return { kind: 'deny', code: barred.code, rules: [], message: barred.message, revision };
  }
  const matched = terms.ruleSet(question);
  const denying = matched.filter(({ spec }) => spec.then === 'deny');
  if (denying.length > 0) return denied(denying, revision);
  const reviewing = matched.filter(({ spec }) => spec.then === 'review');
  if (reviewing.length > 0) {
    const chains = requirements(reviewing, terms.chains);
    return { kind: 'review', rules: namesOf(reviewing), chains, revision };
  }
  if (matched.length > 0) return { kind: 'allow', rules: namesOf(matched), revision };
  return unmatched(terms, question);
}

function denied(rules: readonly CompiledRule[], revision: string): Verdict {
  const messages = rules.map(({ spec }) => spec.message ?? `denied by rule "${spec.name}"`);
  return {
    kind: 'deny',
    code: 'DENIED_BY_RULE',
    rules: namesOf(rules),
    message: [...new Set(messages)].sort().join(' '),
    revision,
  };
}

/** Every chain that a matching rule names, once each. */
function requirements(
  rules: readonly CompiledRule[],
  chains: Readonly<Record<string, ChainSpec>>,
): ChainRequirement[] {
  const wanted = new Set(rules.flatMap(({ spec }) => (spec.chain === undefined ? [] : spec.chain)));
  return [...wanted].sort().map((name) => {
    const chain = Object.hasOwn(chains, name) ? chains[name] : undefined;
    if (chain === undefined) throw new Error(`no chain is named ${name}`);
    return { name, ...chain };
  });
}

function unmatched(terms: Terms, { decidable }: PolicyQuestion): Verdict {
  const { revision } = terms;
  const unnamed = unjudged(decidable.facts);
  if (terms.unmatched === 'allow' && unnamed.length === 0) {
    return { kind: 'allow', rules: [], revision };
  }
  const why = unnamed.length === 0 ? '' : `; what it does cannot be judged (${unnamed.join(', ')})`;
  return {
    kind: 'deny',
    code: 'UNMATCHED',
    rules: [],
    message: `no rule allows it${why}`,
    hint: 'Ask whoever keeps the rules; hoopx policy explain shows what each rule made of it.',
    revision,
  };
}

function namesOf(rules: readonly CompiledRule[]): string[] {
  return rules.map(({ spec }) => spec.name).sort();
}

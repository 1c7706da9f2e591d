import { exitCodes } from '../core/exit-codes.ts';
import { nearest } from '../core/nearest.ts';
import type { Policy, PolicyQuestion } from '../core/policy.ts';
import type { PolicySpec, RuleSpec } from '../core/rules.ts';
import { UserError } from '../core/user-error.ts';
import type { Verdict } from '../core/verdict.ts';
import type { PolicyProblem, Report } from './condition.ts';
import { decide } from './decide.ts';
import { checkExcept, exceptCondition } from './exception.ts';
import { createExpressionCompiler } from './expression.ts';
import { type CompiledRule, compileRule } from './rule.ts';
import { createRuleSet } from './rule-set.ts';

/** What a rule set compiles to, problems and all. */
export interface Compilation {
  readonly policy: Policy;
  readonly rules: readonly CompiledRule[];
  readonly problems: readonly PolicyProblem[];
}

/** Throws a `UserError` (exit 78) that names each rule at fault. */
export function compilePolicy(spec: PolicySpec): Policy {
  return compileChecked(spec).policy;
}

/** Everything that `compilePolicy` would refuse, with the place of each problem. */
export function findPolicyProblems(spec: PolicySpec): readonly PolicyProblem[] {
  return compile(spec).problems;
}

export function compileChecked(spec: PolicySpec): Compilation {
  const compilation = compile(spec);
  if (compilation.problems.length === 0) return compilation;
  throw new UserError(compilation.problems.map(describeProblem).join('\n'), {
    code: 'BAD_POLICY',
    exitCode: exitCodes.badConfiguration,
  });
}

function compile(spec: PolicySpec): Compilation {
  const problems: PolicyProblem[] = [];
  const compileExpression = createExpressionCompiler();

  const compileAll = (rules: readonly RuleSpec[], path: readonly (string | number)[]) => {
    const reportOn =
      (rule: RuleSpec, index: number): Report =>
      (key, message) =>
        problems.push({ path: [...path, index, ...key], rule: rule.name, message });
    const seen = new Set<string>();
    const compiled = rules.map((rule, index) => {
      const report = reportOn(rule, index);
      if (seen.has(rule.name)) report(['name'], 'another rule has the same name');
      seen.add(rule.name);
      return compileRule(rule, compileExpression, report);
    });
    return withExceptions(compiled, reportOn);
  };

  const rules = compileAll(spec.rules, ['rules']);
  const fallbacks = new Map(
    Object.entries(spec.policies).map(([name, set]) => [
      name,
      createRuleSet(compileAll(set, ['policies', name])),
    ]),
  );
  problems.push(...referenceProblems(spec));

  const { revision } = spec;
  const terms = {
    ruleSet: createRuleSet(rules),
    chains: spec.chains,
    unmatched: spec.unmatched,
    revision,
  };
  const evaluate = (question: PolicyQuestion): Verdict => decide(terms, question);
  return {
    rules,
    problems,
    policy: {
      revision,
      evaluate,
      evaluateFallback: (name, question) => {
        const ruleSet = fallbacks.get(name);
        if (ruleSet === undefined) throw new Error(`no rule set is named ${name}`);
        const standing = evaluate(question);
        if (standing.kind === 'deny') return standing;
        return decide({ ruleSet, chains: {}, unmatched: 'deny', revision }, question);
      },
    },
  };
}

function withExceptions(
  rules: readonly CompiledRule[],
  reportOn: (rule: RuleSpec, index: number) => Report,
): readonly CompiledRule[] {
  const allowing = new Map(
    rules.filter(({ spec }) => spec.then === 'allow').map((rule) => [rule.spec.name, rule]),
  );
  return rules.map((rule, index) => {
    const { except } = rule.spec;
    if (except === undefined) return rule;
    const report = reportOn(rule.spec, index);
    checkExcept(rule.spec, report);
    const condition = exceptCondition(except, allowing, report);
    return { ...rule, operation: [...rule.operation, condition] };
  });
}

/** Names of chains and rule sets that nothing defines. */
function referenceProblems({ rules, chains, policies }: PolicySpec): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  for (const [index, { name, chain }] of rules.entries()) {
    if (chain === undefined || Object.hasOwn(chains, chain)) continue;
    const message = `no chain is named ${JSON.stringify(chain)}${guess(chain, chains)}`;
    problems.push({ path: ['rules', index, 'chain'], rule: name, message });
  }
  for (const [name, set] of Object.entries(policies)) {
    for (const [index, rule] of set.entries()) {
      if (rule.then !== 'review') continue;
      const message = 'a fallback decides by itself: then is allow or deny';
      problems.push({ path: ['policies', name, index, 'then'], rule: rule.name, message });
    }
  }
  for (const [name, { fallback }] of Object.entries(chains)) {
    if (fallback === 'deny' || Object.hasOwn(policies, fallback.policy)) continue;
    const { policy } = fallback;
    const message = `no rule set under policies is named ${JSON.stringify(policy)}${guess(policy, policies)}`;
    problems.push({ path: ['chains', name, 'fallback', 'policy'], message });
  }
  return problems;
}

function guess(name: string, known: Readonly<Record<string, unknown>>): string {
  const near = nearest(name, Object.keys(known));
  return near === null ? '' : `; did you mean ${near}?`;
}

function describeProblem({ path, rule, message }: PolicyProblem): string {
  const key = path.filter((part) => typeof part === 'string').at(-1);
  return rule === undefined
    ? `${path.join('.')}: ${message}`
    : `rule ${JSON.stringify(rule)}: ${key}: ${message}`;
}

import { nearest } from '../core/nearest.ts';
import type { RuleSpec } from '../core/rules.ts';
import { type Condition, list, type Report } from './condition.ts';
import { type CompiledRule, hold } from './rule.ts';

/**
 * Takes from a deny or review rule what allow rules of the same set match: "everything but what
 * is allowed by name". An allow rule covers all of an operation or does not match, so nothing
 * that goes beyond it is excepted.
 */
export function exceptCondition(
  names: readonly string[],
  allowing: ReadonlyMap<string, CompiledRule>,
  report: Report,
): Condition {
  const rules: CompiledRule[] = [];
  for (const [index, name] of names.entries()) {
    const rule = allowing.get(name);
    if (rule === undefined) report(['except', index], unknownRule(name, allowing));
    else rules.push(rule);
  }
  const matching: (question: Parameters<Condition['holds']>[0]) => CompiledRule | undefined = (
    question,
  ) => rules.find((rule) => hold([...rule.standing, ...rule.operation], question));
  return {
    key: 'except',
    holds: (question) => matching(question) === undefined,
    explain(question) {
      const found = matching(question);
      return found === undefined
        ? `none of ${list(names)} matches`
        : `"${found.spec.name}" matches`;
    },
  };
}

/** Problems of a rule's own shape. */
export function checkExcept({ then, except }: RuleSpec, report: Report): void {
  if (except !== undefined && then === 'allow') {
    report(['except'], 'is for deny and review rules: an allow rule is never the strictest');
  }
}

function unknownRule(name: string, allowing: ReadonlyMap<string, CompiledRule>): string {
  const near = nearest(name, [...allowing.keys()]);
  const guess = near === null ? '' : `; did you mean ${JSON.stringify(near)}?`;
  return `no allow rule here is named ${JSON.stringify(name)}${guess}`;
}

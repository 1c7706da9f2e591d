import type { PolicyQuestion } from '../core/policy.ts';
import type { RuleSpec } from '../core/rules.ts';
import type { Condition, Report } from './condition.ts';
import type { ExpressionCompiler } from './expression.ts';
import { httpConditions } from './http-conditions.ts';
import { judgedConditions } from './judged.ts';
import { kubernetesConditions } from './kubernetes-conditions.ts';
import { patternCondition } from './pattern.ts';
import { sqlConditions } from './sql-conditions.ts';
import { sshConditions } from './ssh-conditions.ts';
import { standingConditions } from './standing-conditions.ts';
import { statementProblem } from './statement-names.ts';
import { whenCondition } from './when-condition.ts';

export interface CompiledRule {
  readonly spec: RuleSpec;
  /** On connection and principal alone: the same for every operation of a session. */
  readonly standing: readonly Condition[];
  /** On the operation, cheapest first. */
  readonly operation: readonly Condition[];
}

export function compileRule(
  spec: RuleSpec,
  compileExpression: ExpressionCompiler,
  report: Report,
): CompiledRule {
  checkShape(spec, report);
  const { sql, ssh, http, kubernetes, pattern, when } = spec;
  const every = spec.then === 'allow';
  return {
    spec,
    standing: standingConditions(spec),
    operation: [
      ...(sql === undefined ? [] : sqlConditions(sql, every)),
      ...(ssh === undefined ? [] : sshConditions(ssh, every)),
      ...(http === undefined ? [] : httpConditions(http, every, report)),
      ...(kubernetes === undefined ? [] : kubernetesConditions(kubernetes, every, report)),
      ...judgedConditions(spec),
      ...(pattern === undefined ? [] : [patternCondition(pattern, report)]),
      ...(when === undefined ? [] : [whenCondition(when, spec.then, compileExpression, report)]),
    ],
  };
}

/** Whether every condition holds. */
export function hold(conditions: readonly Condition[], question: PolicyQuestion): boolean {
  return conditions.every((condition) => condition.holds(question));
}

function checkShape(spec: RuleSpec, report: Report): void {
  const { then, chain, message, sql, ssh, http, kubernetes } = spec;
  if (then === 'review' && chain === undefined) {
    report(['chain'], 'a review rule names the chain that must approve');
  }
  if (then !== 'review' && chain !== undefined) {
    report(['chain'], `only a review rule has a chain; this one says ${then}`);
  }
  if (then !== 'deny' && message !== undefined) {
    report(['message'], `only a deny rule has a message; this one says ${then}`);
  }
  const matches = Object.entries({ sql, ssh, http, kubernetes });
  const [, second] = matches.filter(([, match]) => match !== undefined);
  if (second !== undefined) {
    const all = matches.map(([key]) => key).join(', ');
    report([second[0]], `an operation is one of ${all}, never two of them: make it two rules`);
  }
  for (const [index, name] of (sql?.statements ?? []).entries()) {
    const problem = statementProblem(name);
    if (problem !== null) report(['sql', 'statements', index], problem);
  }
}

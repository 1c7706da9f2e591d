import type { PolicyQuestion } from '../core/policy.ts';
import type { RuleSpec } from '../core/rules.ts';
import { broken, type Condition, type Report } from './condition.ts';
import type { Expression, ExpressionCompiler } from './expression.ts';
import { httpVariable, noHttp, noSql, noSsh, sqlVariable, sshVariable } from './fact-variables.ts';
import { kubernetesVariable, noKubernetes } from './kubernetes-variable.ts';

/** Beyond this an expression is not evaluated: that counts as an error. */
const maxText = 64 * 1024;

type Outcome = { readonly holds: boolean } | { readonly error: string };

/**
 * A CEL expression over the question. When it cannot be evaluated a deny or review rule
 * matches, and an allow rule does not. One that reads facts of another protocol finds them
 * empty, and then an allow rule does not match either: about them it has said nothing.
 */
export function whenCondition(
  source: string,
  then: RuleSpec['then'],
  compile: ExpressionCompiler,
  report: Report,
): Condition {
  let expression: Expression;
  try {
    expression = compile(source);
  } catch (error) {
    report(['when'], messageOf(error));
    return broken('when');
  }
  const onError = then !== 'allow';
  return {
    key: 'when',
    holds: (question) => {
      const outcome = evaluate(expression, question, then);
      return 'error' in outcome ? onError : outcome.holds;
    },
    explain: (question) => {
      const outcome = evaluate(expression, question, then);
      if ('error' in outcome) {
        return `could not be evaluated (${outcome.error}), which counts as ${onError ? 'true' : 'false'}`;
      }
      return `is ${outcome.holds}`;
    },
  };
}

function evaluate(
  expression: Expression,
  question: PolicyQuestion,
  then: RuleSpec['then'],
): Outcome {
  try {
    if (then === 'allow') mustBeOfItsProtocol(expression, question);
    return { holds: expression.evaluate(variablesFor(expression, question)) };
  } catch (error) {
    return { error: messageOf(error) };
  }
}

function mustBeOfItsProtocol({ reads }: Expression, { decidable }: PolicyQuestion): void {
  if (reads('sql') && decidable.protocol !== 'postgres') throw new Error('it is not sql');
  if (reads('ssh') && decidable.protocol !== 'ssh') throw new Error('it is not ssh');
  if (reads('http') && decidable.protocol !== 'http') throw new Error('it is not http');
  if (reads('kubernetes') && decidable.protocol !== 'kubernetes') {
    throw new Error('it is not kubernetes');
  }
}

function variablesFor(
  { reads }: Expression,
  { connection, principal, decidable }: PolicyQuestion,
): Readonly<Record<string, unknown>> {
  return {
    ...(reads('connection') && {
      connection: { name: connection.name, labels: connection.labels },
    }),
    ...(reads('principal') && {
      principal: {
        name: principal.name,
        subject: principal.subject,
        person: principal.person,
        kind: principal.kind,
        groups: principal.groups,
        issuer: principal.issuer,
      },
    }),
    ...(reads('sql') && { sql: sqlVariable(decidable.facts) ?? noSql }),
    ...(reads('ssh') && { ssh: sshVariable(decidable.facts) ?? noSsh }),
    ...(reads('http') && { http: httpVariable(decidable.facts) ?? noHttp }),
    ...(reads('kubernetes') && {
      kubernetes: kubernetesVariable(decidable.facts) ?? noKubernetes,
    }),
    ...(reads('text') && { text: textVariable(decidable.text) }),
  };
}

function textVariable(text: string): string {
  if (text.length > maxText) throw new Error(`the text has more than ${maxText} characters`);
  return text;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

import type { SqlName } from '../core/facts.ts';
import type { PolicyQuestion } from '../core/policy.ts';
import type { RuleSpec } from '../core/rules.ts';
import { broken, type Condition, type Report } from './condition.ts';
import type { Expression, ExpressionCompiler } from './expression.ts';

/** Beyond these an expression is not evaluated: that counts as an error. */
const maxText = 64 * 1024;
const maxNames = 1000;

type Outcome = { readonly holds: boolean } | { readonly error: string };

/**
 * A CEL expression over the question. When it cannot be evaluated a deny or review rule
 * matches, and an allow rule does not.
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
      const outcome = evaluate(expression, question);
      return 'error' in outcome ? onError : outcome.holds;
    },
    explain: (question) => {
      const outcome = evaluate(expression, question);
      if ('error' in outcome) {
        return `could not be evaluated (${outcome.error}), which counts as ${onError ? 'true' : 'false'}`;
      }
      return `is ${outcome.holds}`;
    },
  };
}

function evaluate(expression: Expression, question: PolicyQuestion): Outcome {
  try {
    return { holds: expression.evaluate(variablesFor(expression, question)) };
  } catch (error) {
    return { error: messageOf(error) };
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
    ...(reads('sql') && { sql: sqlVariable(decidable.facts) }),
    ...(reads('text') && { text: textVariable(decidable.text) }),
  };
}

function sqlVariable(
  facts: PolicyQuestion['decidable']['facts'],
): Readonly<Record<string, unknown>> {
  const { classes, statements, where, copy, rowLocks, into } = facts;
  return {
    classes,
    statements,
    reads: namesVariable(facts.reads),
    writes: namesVariable(facts.writes),
    functions: namesVariable(facts.functions),
    where,
    copy,
    statementCount: BigInt(facts.statementCount),
    rowLocks,
    into,
  };
}

function namesVariable(names: readonly SqlName[]): { schema: string; name: string }[] {
  if (names.length > maxNames) throw new Error(`the operation has more than ${maxNames} names`);
  return names.map(({ schema, name }) => ({ schema: schema ?? '', name }));
}

function textVariable(text: string): string {
  if (text.length > maxText) throw new Error(`the text has more than ${maxText} characters`);
  return text;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

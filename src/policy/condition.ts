import type { PolicyQuestion } from '../core/policy.ts';

/** One thing that a rule asks of a question. A rule matches when all of its conditions hold. */
export interface Condition {
  /** The rule's key that it comes from: `connections`, `sql.class`. */
  readonly key: string;
  holds(question: PolicyQuestion): boolean;
  /** Why it holds, or does not, in words. Quotes text from others: not yet safe for a terminal. */
  explain(question: PolicyQuestion): string;
}

/** What is wrong with a rule set, and where: a path of keys from its top. */
export interface PolicyProblem {
  readonly path: readonly (string | number)[];
  /** The rule that it is in, by name. */
  readonly rule?: string;
  readonly message: string;
}

/** Told of each problem; `key` is the path below the rule. */
export type Report = (key: readonly (string | number)[], message: string) => void;

/** A condition that never holds stands in for one that could not be compiled. */
export function broken(key: string): Condition {
  return { key, holds: () => false, explain: () => 'could not be compiled' };
}

/** `a, b, c and 4 more`. */
export function list(values: readonly string[]): string {
  const shown = values.slice(0, 8).join(', ');
  return values.length > 8 ? `${shown} and ${values.length - 8} more` : shown;
}

import type { ExecResult } from './exec-result.ts';
import type { SqlAnswer } from './sql-answer.ts';

/** What became of one `exec`. */
export interface ExecReport {
  readonly exitCode: number;
  readonly result: ExecResult;
  /** For people: every statement's rows, and the target's error. Null when nothing came back. */
  readonly answer: SqlAnswer | null;
  /** What to tell a person when it did not run, or not as usual. */
  readonly refusal: { readonly message: string; readonly hint: string | null } | null;
}

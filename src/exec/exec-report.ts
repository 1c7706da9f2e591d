import type { Answer } from './answer.ts';
import type { ExecResult } from './exec-result.ts';

/** What became of one `exec`. */
export interface ExecReport {
  readonly exitCode: number;
  readonly result: ExecResult;
  /** For people, what the target answered. Null when nothing came back. */
  readonly answer: Answer | null;
  /** What to tell a person when it did not run, or not as usual. */
  readonly refusal: { readonly message: string; readonly hint: string | null } | null;
}

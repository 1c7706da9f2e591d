import { safeLine } from '../../core/safe-text.ts';
import { UserError } from '../../core/user-error.ts';

/** One thing that `hoopx doctor` looked at. */
export interface Finding {
  readonly check: string;
  /** `note`: works, with something to know. */
  readonly status: 'ok' | 'note' | 'problem';
  readonly message: string;
  /** What to do about it. */
  readonly hint: string | null;
}

export function ok(check: string, message: string): Finding {
  return { check, status: 'ok', message, hint: null };
}

export function note(check: string, message: string, hint: string | null = null): Finding {
  return { check, status: 'note', message, hint };
}

export function problem(check: string, message: string, hint: string | null = null): Finding {
  return { check, status: 'problem', message, hint };
}

/** What a check threw, where that is the user's to mend. */
export function problemOf(check: string, error: unknown): Finding {
  if (!(error instanceof UserError)) throw error;
  return problem(check, error.message, error.hint ?? null);
}

const marks = { ok: '✓', note: '!', problem: '✗' } as const;

/** A line for each, and a second one for what to do; text from others made safe. */
export function findingLines(findings: readonly Finding[]): readonly string[] {
  const width = Math.max(...findings.map(({ check }) => check.length));
  return findings.flatMap(({ check, status, message, hint }) => {
    const line = `${marks[status]} ${check.padEnd(width)}  ${safeLine(message, 500)}`;
    return hint === null ? [line] : [line, `  ${' '.repeat(width)}  ${safeLine(hint, 500)}`];
  });
}

import { exitCodes } from '../core/exit-codes.ts';
import { RefusedError } from '../core/refusal.ts';
import { safeText } from '../core/safe-text.ts';
import { UserError } from '../core/user-error.ts';

/** An error as the user of the CLI is told of it. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly exitCode: number;
  /** Ours, not the user's. */
  readonly defect: boolean;
  readonly stack: string;
}

/** The reason of a signal that Ctrl-C aborts. */
export function interrupted(): UserError {
  return new UserError('interrupted', { code: 'INTERRUPTED', exitCode: exitCodes.interrupted });
}

/** Null for oclif's own way of ending a command. */
export function describeFailure(error: unknown): Failure | null {
  if (error instanceof UserError) {
    const { code, exitCode, hint } = error;
    return { ...plain, code, message: messageOf(error), exitCode, hint: hint ?? null };
  }
  if (error instanceof RefusedError) {
    const { code, message, hint } = error.refusal;
    const expired = code === 'LOGIN_EXPIRED';
    const exitCode = expired ? exitCodes.loginRequired : exitCodes.deniedByPolicy;
    return { ...plain, code, message, exitCode, hint: hint ?? null };
  }
  if (isExit(error)) return null;
  if (isUsage(error)) {
    return { ...plain, code: 'USAGE', message: error.message, exitCode: exitCodes.usage };
  }
  const defect = error instanceof Error ? error : new Error(String(error));
  return {
    code: 'INTERNAL',
    message: `${defect.message} (a defect in hoopx)`,
    hint: 'HOOPX_DEBUG=1 prints where it happened.',
    exitCode: exitCodes.failure,
    defect: true,
    stack: safeText(defect.stack ?? ''),
  };
}

/** oclif puts words around what the parser of a flag throws; which flag it was is all that stays. */
function messageOf({ message }: UserError): string {
  const [, flag, own = ''] =
    /^Parsing (--[\w-]+) \n\t(.*)\nSee more help with --help$/s.exec(message) ?? [];
  return flag === undefined ? message : `${flag}: ${own}`;
}

const plain = { hint: null, defect: false, stack: '' } as const;

/** `hint` on a line of its own; text from others made safe for a terminal. */
export function failureText(failure: Pick<Failure, 'message' | 'hint'>): string {
  const message = `hoopx: ${safeText(failure.message)}`;
  return failure.hint === null ? message : `${message}\n  ${safeText(failure.hint)}`;
}

export function failureJson({ code, message, hint, exitCode }: Failure): string {
  return JSON.stringify({ schema: 'hoopx.error/v1', error: { code, message, hint }, exitCode });
}

function isExit(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIT';
}

/** oclif's parser and its `this.error()`: all that it throws carries `oclif`. */
function isUsage(error: unknown): error is Error {
  return error instanceof Error && 'oclif' in error;
}

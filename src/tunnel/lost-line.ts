import { safeLine } from '../core/safe-text.ts';
import { UserError } from '../core/user-error.ts';

/** For the person at the terminal. */
export function lostLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof UserError && error.hint !== undefined ? ` ${error.hint}` : '';
  return `The tunnel does not work, and is tried again: ${safeLine(message, 400)}.${safeLine(hint, 400)}`;
}

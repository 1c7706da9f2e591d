import { createInterface } from 'node:readline/promises';
import { exitCodes } from '../core/exit-codes.ts';
import { UserError } from '../core/user-error.ts';

/** Reads whether to go on; resolves false when the answer is anything but yes. */
export type Confirm = (question: string) => Promise<boolean>;

/** Asks on the terminal. */
export const confirm: Confirm = async (question) => {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  const answer = await Promise.race([lines.question(question), closed]);
  lines.close();
  return /^(y|yes)$/i.test(answer.trim());
};

/** @throws UserError USAGE (64) without a terminal, NOT_CONFIRMED (1) without a yes. */
export async function confirmed(
  question: string,
  isTerminal: boolean,
  otherwise: string,
): Promise<void> {
  if (!isTerminal) {
    throw new UserError('there is no terminal to ask on, and --yes was not given', {
      ...{ code: 'USAGE', exitCode: exitCodes.usage, hint: 'Add --yes if you are certain.' },
    });
  }
  if (await confirm(question)) return;
  throw new UserError(otherwise, {
    ...{ code: 'NOT_CONFIRMED', exitCode: exitCodes.failure },
  });
}

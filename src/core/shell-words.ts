import { exitCodes } from './exit-codes.ts';
import { UserError } from './user-error.ts';

const plain = /^[\w@+:,./-]+(?:=[\w@+:,./=-]*)?$/;
const reserved: ReadonlySet<string> = new Set([
  ...['if', 'then', 'else', 'elif', 'fi', 'do', 'done', 'case', 'esac', 'while', 'until', 'for'],
  ...['in', 'function', 'select', 'time', 'coproc', 'repeat', 'foreach', 'end', 'nocorrect'],
]);

/**
 * Words as a POSIX shell must read them to start a program with exactly these (POSIX.1-2024,
 * 2.2). A name that the shell itself knows (`cd`, `.`) stays its own.
 *
 * @throws UserError `unquotable_word`: a NUL ends a word early, and half a surrogate is no text
 */
export function quoteWords(words: readonly string[]): string {
  return words.map((word, index) => quoteWord(word, index === 0)).join(' ');
}

function quoteWord(word: string, first: boolean): string {
  if (/[\0\p{Cs}]/u.test(word)) {
    throw new UserError('A word of the command has a character that no argument can hold.', {
      code: 'unquotable_word',
      exitCode: exitCodes.usage,
      hint: 'Send binary data on stdin.',
    });
  }
  // As the first word NAME=value would be an assignment, and `if` would begin a condition.
  const special = first && (word.includes('=') || reserved.has(word) || /^\d+$/.test(word));
  return plain.test(word) && !special ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

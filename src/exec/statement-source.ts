import type { Readable } from 'node:stream';
import { exitCodes } from '../core/exit-codes.ts';
import { UserError } from '../core/user-error.ts';

export interface StatementSource {
  /** Words after the connection's name, or after `--`. */
  readonly words: readonly string[];
  /** `-f FILE`; `-` is standard input. */
  readonly file: string | null;
  /** Opened only when it is read. */
  readonly stdin: () => Readable & { readonly isTTY?: boolean };
}

/** The SQL to run: from the command line, a file, or standard input, and from only one of them. */
export async function readStatement({ words, file, stdin }: StatementSource): Promise<string> {
  if (words.length > 0 && file !== null)
    throw usage('give the SQL on the command line or with -f, not both');
  if (words.length > 1) throw usage('the SQL is one argument: put it in quotes');
  const [inline] = words;
  const text = inline ?? (await fromElsewhere(file, stdin));
  if (text.trim() === '') throw usage('there is no SQL in what was given');
  return text;
}

async function fromElsewhere(
  file: string | null,
  stdin: StatementSource['stdin'],
): Promise<string> {
  if (file !== null && file !== '-') {
    try {
      const { readFile } = await import('node:fs/promises');
      return await readFile(file, 'utf8');
    } catch (error) {
      throw new UserError(`cannot read ${file}`, {
        code: 'NO_FILE',
        exitCode: exitCodes.usage,
        cause: error,
      });
    }
  }
  const input = stdin();
  if (file === null && input.isTTY === true) throw usage('there is no SQL to run');
  const { text } = await import('node:stream/consumers');
  return text(input);
}

function usage(message: string): UserError {
  return new UserError(message, {
    code: 'USAGE',
    exitCode: exitCodes.usage,
    hint: "For instance: hoopx exec pg-prod 'select 1', or -f FILE, or pipe it in.",
  });
}

import { custom } from '@oclif/core/flags';
import { exitCodes } from '../core/exit-codes.ts';
import { UserError } from '../core/user-error.ts';
import { parseTime } from './parse-time.ts';

/** For the descriptions of commands that have one. */
export const timeWords = `A TIME is 2026-01-31T12:00:00Z, a date, which begins at midnight where you
are, or an age: 90m, 2h, 7d.`;

/** A flag such as `--since 2h`, as `toISOString` writes it. */
export const timeFlag = custom<string>({
  helpValue: 'TIME',
  parse: async (text) => {
    const time = parseTime(text, Date.now());
    if (time !== null) return time;
    throw new UserError(`${text} is no time`, {
      code: 'USAGE',
      exitCode: exitCodes.usage,
      hint: 'Write 2026-01-31T12:00:00Z, 2026-01-31, or an age: 90m, 2h, 7d.',
    });
  },
});

import { custom } from '@oclif/core/flags';
import { exitCodes } from '../core/exit-codes.ts';
import { UserError } from '../core/user-error.ts';
import { isAgeInMinutes, parseTime } from './parse-time.ts';

/** For the descriptions of commands that have one. */
export const timeWords = `A TIME is 2026-01-31T12:00:00Z, a date, which begins at midnight where you
are, or an age: 90m, 2h, 7d.`;

/** A flag such as `--since 2h`, as `toISOString` writes it. */
export const timeFlag = custom<string>({
  helpValue: 'TIME',
  parse: async (text) =>
    timeOf(text, 'Write 2026-01-31T12:00:00Z, 2026-01-31, or an age: 90m, 2h, 7d.'),
});

export const longAgoWords = `A TIME is 2026-01-31T12:00:00Z, a date, which begins at midnight where you
are, or an age in hours or days: 48h, 90d.`;

/** For what cannot be undone: `6m` could be meant as months, and is none. */
export const longAgoFlag = custom<string>({
  helpValue: 'TIME',
  parse: async (text) => {
    const hint = 'Write 2026-01-31T12:00:00Z, 2026-01-31, or an age in hours or days: 48h, 90d.';
    if (isAgeInMinutes(text)) throw usage(`${text} is minutes or seconds, not months`, hint);
    return timeOf(text, hint);
  },
});

function timeOf(text: string, hint: string): string {
  const time = parseTime(text, Date.now());
  if (time === null) throw usage(`${text} is no time`, hint);
  return time;
}

function usage(message: string, hint: string): UserError {
  return new UserError(message, { code: 'USAGE', exitCode: exitCodes.usage, hint });
}

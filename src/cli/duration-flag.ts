import { custom } from '@oclif/core/flags';
import { parseDuration } from '../config/duration.ts';
import { exitCodes } from '../core/exit-codes.ts';
import { UserError } from '../core/user-error.ts';

/** A flag such as `--wait 30s`, in milliseconds. */
export const durationFlag = custom<number>({
  helpValue: 'DURATION',
  parse: async (text) => {
    const milliseconds = parseDuration(text);
    if (milliseconds !== null) return milliseconds;
    throw new UserError(`${text} is no length of time`, {
      code: 'USAGE',
      exitCode: exitCodes.usage,
      hint: 'Write a number and a unit: 500ms, 8s, 10m, 1h.',
    });
  },
});

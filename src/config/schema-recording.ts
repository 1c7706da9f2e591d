import { z } from 'zod';
import { bucket } from './schema-bucket.ts';
import { closed, text } from './schema-parts.ts';

const recipient = z
  .string()
  .regex(
    /^age1[02-9ac-hj-np-z]{20,3000}$/,
    'is no age recipient: age-keygen prints one that begins with age1',
  );

const ageHint = 'must be so many days or hours, such as 90d or 48h';
const hour = 3_600_000;

/** Milliseconds. Longer than other durations, so none of theirs. */
export const keepFor = z.string(ageHint).transform((value, context) => {
  const [, digits, unit] = /^([1-9]\d{0,4})([dh])$/.exec(value) ?? [];
  if (digits !== undefined) return Number(digits) * (unit === 'd' ? 24 * hour : hour);
  context.addIssue(ageHint);
  return z.NEVER;
});

const sizeHint = 'must be a size such as 500MiB, 50GiB or 2TiB';
const sizeUnits = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 } as const;

/** Bytes. */
const size = z.string(sizeHint).transform((value, context) => {
  const [, digits, unit] = /^([1-9]\d{0,5})(KiB|MiB|GiB|TiB)$/.exec(value) ?? [];
  if (unit === 'KiB' || unit === 'MiB' || unit === 'GiB' || unit === 'TiB') {
    return Number(digits) * sizeUnits[unit];
  }
  context.addIssue(sizeHint);
  return z.NEVER;
});

export const recording = closed({
  folder: text.optional(),
  recipients: z.array(recipient).max(20, 'must have at most 20').default([]),
  keepFor: keepFor.optional(),
  keepSize: size.optional(),
  rows: z.int('must be a whole number').min(0).max(1000, 'must be at most 1000').default(20),
  output: size.refine((bytes) => bytes <= 64 * 2 ** 20, 'must be at most 64MiB').default(2 ** 20),
  bucket: bucket.optional(),
});

/** Of a connection: whether its sessions may go on when they cannot be recorded. */
export const recordingNeed = z.enum(['required', 'optional'], 'must be required or optional');

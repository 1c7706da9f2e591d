import { z } from 'zod';
import { nearest } from '../core/nearest.ts';
import { parseDuration } from './duration.ts';
import { parseReference, type Reference } from './reference.ts';

/** An object that has these keys and no others. One line of the message for each unknown key. */
export function closed<Shape extends z.core.$ZodShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => unknownKey(key, known)).join('\n')
        : undefined,
  });
}

function unknownKey(key: string, known: readonly string[]): string {
  const near = nearest(key, known);
  return near === null
    ? `unknown key; known are ${known.join(', ')}`
    : `unknown key; did you mean ${near}?`;
}

export const text = z
  .string()
  .min(1, 'must not be empty')
  .max(1000, 'must have at most 1000 characters');

export const texts = atLeastOne(text);

/** Connections, identities, chains, rule sets: what people type and other keys refer to. */
export const name = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
    'is no name: a letter or digit, then letters, digits, dots, dashes, underscores; 63 at most',
  );

export function atLeastOne<Item extends z.ZodType>(item: Item) {
  return z.array(item).min(1, 'must name at least one; leave the key out to ask nothing');
}

const durationHint = 'must be a duration such as 1h, 30m, 90s or 500ms, at most 480h';

/** Milliseconds. */
export const duration = z.string(durationHint).transform((value, context) => {
  const ms = parseDuration(value);
  if (ms !== null) return ms;
  context.addIssue(durationHint);
  return z.NEVER;
});

const referenceHint = 'write env:NAME, file:PATH or exec:COMMAND';

/** A secret is never written in the file; a message never repeats what was. */
export const secret = z
  .string(`is a secret: ${referenceHint}`)
  .transform((value, context): Reference => {
    const reference = parseReference(value);
    if (reference !== null) return reference;
    context.addIssue(`a secret is not written in this file: ${referenceHint}`);
    return z.NEVER;
  });

/** Certificates are public: a reference, or the PEM text itself. */
export const certificate = z
  .string(`is a certificate: ${referenceHint}`)
  .transform((value, context): Reference | string => {
    const reference = parseReference(value);
    if (reference !== null) return reference;
    if (value.startsWith('-----BEGIN ')) return value;
    context.addIssue(`is neither a reference nor PEM text: ${referenceHint}`);
    return z.NEVER;
  });

/** A key of the contract whose meaning this build would not carry out. */
export function notEnforced(what: string) {
  return z.undefined(`${what} not enforced yet by this version of hoopx`).optional();
}

/** In a repository, or before the names of objects in a bucket. */
export const relativeFolder = text.regex(
  /^(?!.*(^|\/)\.)[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/,
  'is no folder: names of letters, digits, dots, dashes and underscores, with a slash between',
);

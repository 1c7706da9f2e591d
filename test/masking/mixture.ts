import fc from 'fast-check';
import { corpus } from './corpus.ts';

export const secrets = [...Object.values(corpus).flatMap(({ found }) => found), 'EMP-123456'];
export const nearMisses = Object.values(corpus).flatMap(({ passed }) => passed);

/** Text, bytes, near misses and secrets, side by side. */
export const mixture = fc
  .array(
    fc.oneof(
      fc.constantFrom(...secrets, ...nearMisses),
      fc.constantFrom(' ', '\n', '.', '@', '-', '"', '1', 'e', '=', '+', '('),
      fc.string({ maxLength: 20 }),
      fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    ),
    { maxLength: 12 },
  )
  .map((parts) => Buffer.concat(parts.map((part) => Buffer.from(part))));

import { randomBytes } from 'node:crypto';

/** Crockford's: no letters that look like digits, so that an id can be read out. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** `req_` and 60 random bits. */
export function mintRequestId(): string {
  const letters = [...randomBytes(12)].map((byte) => alphabet[byte % alphabet.length]);
  return `req_${letters.join('')}`;
}

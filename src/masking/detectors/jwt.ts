import { type Anchored, none, open, startsAt } from './anchored.ts';
import { byteSet, runEnd } from './detector.ts';

/** Base64url of `{"`, with which every JOSE header begins (RFC 7515). */
const opening = 'eyJ';
const parts = byteSet('A-Za-z0-9_.-');
const longest = 16_384;
const shortest = 20;
const dot = 0x2e;

/** JSON Web Tokens, signed, encrypted or neither: a header and at least two more parts. */
export const jwt: Anchored = {
  begins: byteSet('e'),
  notBehind: byteSet('A-Za-z0-9_.'),
  continues: { by: parts, longest },
  match(bytes, at, final) {
    const opens = startsAt(bytes, at, opening);
    if (opens === open) return final ? none : open;
    if (!opens) return none;
    const end = runEnd(bytes, at, parts, at + longest);
    if (end === bytes.length && end < at + longest && !final) return open;
    let dots = 0;
    for (let index = at; index < end; index += 1) if (bytes[index] === dot) dots += 1;
    if (dots < 2 || end - at < shortest) return none;
    return withoutDots(bytes, end);
  },
};

/** A full stop behind it is the sentence's, unless it closes an unsecured token's empty signature. */
function withoutDots(bytes: Buffer, end: number): number {
  return bytes[end - 1] === dot && bytes[end - 2] === dot ? end - 1 : end;
}

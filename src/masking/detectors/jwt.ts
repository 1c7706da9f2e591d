import { none, open, startsAt } from './anchored.ts';
import type { Anchored } from './detector.ts';
import { byteSet, runEnd, stands, type Text } from './text.ts';

/** Base64url of `{"`, with which every JOSE header begins (RFC 7515). */
const opening = 'eyJ';
const parts = byteSet('A-Za-z0-9_.-');
const longest = 16_384;
const shortest = 20;
const dot = 0x2e;

/** JSON Web Tokens, signed, encrypted or neither: a header and at least two more parts. */
export const jwt: Anchored = {
  shortest,
  needs: byteSet('.'),
  begins: byteSet('e'),
  notBehind: byteSet('A-Za-z0-9_.'),
  continues: { by: parts, longest },
  match(text, at, final) {
    const opens = startsAt(text, at, opening);
    if (opens === open) return final ? none : open;
    if (!opens) return none;
    const end = runEnd(text.bytes, at, Math.min(at + longest, text.end), parts);
    if (end === text.end && end < at + longest && !final) return open;
    let dots = 0;
    for (let index = at; index < end; index += 1) if (stands(dot, text, index)) dots += 1;
    if (dots < 2 || end - at < shortest) return none;
    return withoutDots(text, end);
  },
};

/** A full stop behind it is the sentence's, unless it closes an unsecured token's empty signature. */
function withoutDots(text: Text, end: number): number {
  return stands(dot, text, end - 1) && stands(dot, text, end - 2) ? end - 1 : end;
}

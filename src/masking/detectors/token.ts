import { none, open } from './anchored.ts';
import type { Anchored } from './detector.ts';
import { byteSet, digits, runEnd, stands, type Text } from './text.ts';

const shortest = 24;
/** Longer runs are data in Base64, not tokens. */
const longest = 256;
/** Bits per character, of the characters that are there; hexadecimal digits have 4 at most. */
const leastEntropy = 3.9;
/** How often the kind of character changes; random Base64 changes at 6 of 10, names at 2 or 3. */
const leastChanges = 0.4;

const alphabet = byteSet('A-Za-z0-9+/_-');
const equals = 0x3d;

/** What looks drawn at random from Base64's letters: keys, passwords made by programs. */
export const token: Anchored = {
  shortest,
  needs: digits,
  begins: alphabet,
  notBehind: alphabet,
  match(text, at, final) {
    const end = runEnd(text.bytes, at, Math.min(at + longest + 1, text.end), alphabet);
    if (end - at > longest) return none;
    if (end - at < shortest && end < text.end) return none;
    let padded = end;
    while (padded < end + 2 && stands(equals, text, padded)) padded += 1;
    if (padded === text.end && padded < end + 2 && !final) return open;
    return end - at >= shortest && looksRandom(text, at, end) ? padded : none;
  },
};

const kinds = new Uint8Array(256).fill(1, 0x61, 0x7b).fill(2, 0x41, 0x5b).fill(3, 0x30, 0x3a);

function looksRandom({ bytes }: Text, start: number, end: number): boolean {
  const counts = new Map<number, number>();
  const seen = new Set<number>();
  let changes = 0;
  let previous = -1;
  for (let index = start; index < end; index += 1) {
    const byte = bytes[index] ?? 0;
    counts.set(byte, (counts.get(byte) ?? 0) + 1);
    const kind = kinds[byte] ?? 0;
    seen.add(kind);
    if (kind !== previous && index > start) changes += 1;
    previous = kind;
  }
  const length = end - start;
  if (!seen.has(1) || !seen.has(2) || !seen.has(3)) return false;
  return changes >= leastChanges * length && entropy(counts, length) >= leastEntropy;
}

/** Shannon's, in bits per character. */
function entropy(counts: ReadonlyMap<number, number>, length: number): number {
  let bits = 0;
  for (const count of counts.values()) bits -= (count / length) * Math.log2(count / length);
  return bits;
}

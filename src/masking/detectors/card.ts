import { passesLuhn } from '../luhn.ts';
import { none, open } from './anchored.ts';
import type { Anchored } from './detector.ts';
import { byteSet, digits, has, runEnd, type Text } from './text.ts';

const space = 0x20;
const dash = 0x2d;
const fewestDigits = 13;
const mostDigits = 19;
/** 4-4-4-4, 4-6-5, 4-6-4, 4-4-4-4-3. */
const shortestGroup = 3;
const longestGroup = 7;

/** Payment card numbers (ISO/IEC 7812): whole, or in groups by one space or dash, with Luhn's check. */
export const card: Anchored = {
  shortest: fewestDigits,
  needs: digits,
  begins: byteSet('2-6'),
  notBehind: byteSet('A-Za-z0-9_.'),
  match(text, at, final) {
    const number: number[] = [];
    let found = none;
    let start = at;
    let separator: number | undefined;
    for (;;) {
      const most = start + mostDigits + 1 - number.length;
      const end = runEnd(text.bytes, start, Math.min(most, text.end), digits);
      if (end === text.end && !final) return open;
      for (let index = start; index < end; index += 1) number.push((text.bytes[index] ?? 0) - 0x30);
      if (number.length > mostDigits || has(digits, text, end)) return found;
      if (number.length >= fewestDigits && isEnd(text, end) && passesLuhn(number)) found = end;
      if (end - start < shortestGroup || end - start > longestGroup) return found;
      const next = end < text.end ? text.bytes[end] : none;
      if (next !== space && next !== dash) return found;
      if (separator !== undefined && next !== separator) return found;
      separator = next;
      if (end + 1 === text.end && !final) return open;
      if (!has(digits, text, end + 1)) return found;
      start = end + 1;
    }
  },
};

const word = byteSet('A-Za-z_');

function isEnd(text: Text, end: number): boolean {
  return !has(word, text, end);
}

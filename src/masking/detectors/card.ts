import { passesLuhn } from '../luhn.ts';
import { type Anchored, none, open } from './anchored.ts';
import { byteSet, digits, has, runEnd } from './detector.ts';

const space = 0x20;
const dash = 0x2d;
const fewestDigits = 13;
const mostDigits = 19;
/** 4-4-4-4, 4-6-5, 4-6-4, 4-4-4-4-3. */
const shortestGroup = 3;
const longestGroup = 7;

/** Payment card numbers (ISO/IEC 7812): whole, or in groups by one space or dash, with Luhn's check. */
export const card: Anchored = {
  begins: byteSet('2-6'),
  notBehind: byteSet('A-Za-z0-9_.'),
  match(bytes, at, final) {
    const number: number[] = [];
    let found = none;
    let start = at;
    let separator: number | undefined;
    for (;;) {
      const end = runEnd(bytes, start, digits, start + mostDigits + 1 - number.length);
      if (end === bytes.length && !final) return open;
      for (let index = start; index < end; index += 1) number.push((bytes[index] ?? 0) - 0x30);
      if (number.length > mostDigits || has(digits, bytes, end)) return found;
      if (number.length >= fewestDigits && isEnd(bytes, end) && passesLuhn(number)) found = end;
      if (end - start < shortestGroup || end - start > longestGroup) return found;
      const next = bytes[end];
      if (next !== space && next !== dash) return found;
      if (separator !== undefined && next !== separator) return found;
      separator = next;
      if (end + 1 === bytes.length && !final) return open;
      if (!has(digits, bytes, end + 1)) return found;
      start = end + 1;
    }
  },
};

const word = byteSet('A-Za-z_');

function isEnd(bytes: Buffer, end: number): boolean {
  return !has(word, bytes, end);
}

import { none, open } from './anchored.ts';
import type { Anchored } from './detector.ts';
import { byteSet, digits, has, stands, type Text } from './text.ts';

const plus = 0x2b;
const openingBracket = 0x28;
const closingBracket = 0x29;
/** E.164: fifteen digits at most; shorter than eight is no number with its country. */
const fewestDigits = 8;
const mostDigits = 15;
/** Each digit with a separator, brackets, and a space beside them. */
const longest = 36;

const separators = byteSet(' .-');
const follows = byteSet('A-Za-z0-9_');

/**
 * Telephone numbers: `+` and eight to fifteen digits, in groups or not; or the North American
 * form, (555) 234-5678, 555-234-5678 or 555.234.5678. A bare run of digits is not told apart
 * from any other number.
 */
export const phone: Anchored = {
  shortest: 1 + fewestDigits,
  needs: digits,
  begins: byteSet('0-9+('),
  notBehind: byteSet('A-Za-z0-9_.+-'),
  match: (text, at, final) =>
    stands(plus, text, at) ? international(text, at, final) : northAmerican(text, at, final),
};

function international(text: Text, at: number, final: boolean): number {
  let count = 0;
  let end = none;
  let place = at + 1;
  let bracket = false;
  for (; place < at + longest; place += 1) {
    if (place >= text.end) {
      if (!final) return open;
      break;
    }
    const byte = text.bytes[place];
    if (has(digits, text, place)) {
      count += 1;
      end = place + 1;
    } else if (count === 0) return none;
    else if (byte === openingBracket && !bracket) bracket = true;
    else if (byte === closingBracket && bracket) bracket = false;
    else if (!has(separators, text, place) || doubled(text, place)) break;
  }
  const fits = count >= fewestDigits && count <= mostDigits && !has(follows, text, end);
  return fits ? end : none;
}

/** Two separators in a row end a number, but for a space beside a dash. */
function doubled(text: Text, place: number): boolean {
  return text.bytes[place] === text.bytes[place - 1];
}

const shapes = ['(ddd) ddd-dddd', '(ddd)ddd-dddd', 'ddd-ddd-dddd', 'ddd.ddd.dddd'];

/** Area code and exchange begin with 2 to 9. */
function northAmerican(text: Text, at: number, final: boolean): number {
  for (const shape of shapes) {
    const end = shaped(text, at, shape, final);
    if (end !== none) return end;
  }
  return none;
}

function shaped(text: Text, at: number, shape: string, final: boolean): number {
  let previous = '';
  for (let index = 0; index < shape.length; index += 1) {
    if (at + index >= text.end) return final ? none : open;
    const byte = text.bytes[at + index] ?? 0;
    const wanted = shape.charAt(index);
    const first = wanted === 'd' && previous !== 'd' && index < 9;
    if (wanted !== 'd' ? byte !== wanted.charCodeAt(0) : byte < (first ? 0x32 : 0x30)) return none;
    if (wanted === 'd' && byte > 0x39) return none;
    previous = wanted;
  }
  const end = at + shape.length;
  if (end + 1 >= text.end && !final) return open;
  const goesOn =
    has(separators, text, end) && !stands(0x20, text, end) && has(digits, text, end + 1);
  return has(follows, text, end) || goesOn ? none : end;
}

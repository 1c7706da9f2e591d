import { none, open } from './anchored.ts';
import type { Anchored } from './detector.ts';
import { byteSet, digits, has, stands } from './text.ts';

const dash = 0x2d;
const length = 11;

/** US Social Security numbers as they are written: 123-45-6789. SSA's POM RM 10201.035 tells which exist. */
export const ssn: Anchored = {
  shortest: length,
  needs: byteSet('-'),
  begins: digits,
  notBehind: byteSet('A-Za-z0-9_.-'),
  match(text, at, final) {
    for (let index = 0; index < length; index += 1) {
      const place = at + index;
      if (place >= text.end) return final ? none : open;
      const isRight =
        index === 3 || index === 6 ? stands(dash, text, place) : has(digits, text, place);
      if (!isRight) return none;
    }
    const end = at + length;
    if (end + 1 >= text.end && !final) return open;
    if (has(follows, text, end)) return none;
    if (stands(dash, text, end) && has(digits, text, end + 1)) return none;
    return exists(text.bytes.toString('latin1', at, end)) ? end : none;
  },
};

const follows = byteSet('A-Za-z0-9_');

function exists(text: string): boolean {
  const area = text.slice(0, 3);
  if (area === '000' || area === '666' || area.startsWith('9')) return false;
  return text.slice(4, 6) !== '00' && text.slice(7) !== '0000';
}

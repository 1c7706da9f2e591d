import { none, open } from './anchored.ts';
import type { Anchored } from './detector.ts';
import { byteSet, digits, has, stands, wordBytes } from './text.ts';

/** Lengths by country, of the IBAN Registry (SWIFT, release 99). */
const lengths = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 ' +
    'DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 ' +
    'IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 ' +
    'MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 ' +
    'SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

const letters = byteSet('A-Za-z');
const alphanumeric = byteSet('A-Za-z0-9');
const space = 0x20;

/** International bank account numbers (ISO 13616), whole or in groups of four. */
export const iban: Anchored = {
  shortest: Math.min(...lengths.values()),
  needs: digits,
  begins: letters,
  notBehind: wordBytes,
  match(text, at, final) {
    if (at + 4 > text.end) return final ? none : open;
    if (!has(digits, text, at + 2) || !has(digits, text, at + 3)) return none;
    const country = text.bytes.toString('latin1', at, at + 2).toUpperCase();
    const length = lengths.get(country);
    if (length === undefined) return none;
    let number = '';
    let end = at;
    while (number.length < length) {
      // Print format: a space between groups of four, nowhere else.
      if (number.length > 0 && number.length % 4 === 0 && stands(space, text, end)) end += 1;
      if (end >= text.end) return final ? none : open;
      if (!has(alphanumeric, text, end)) return none;
      number += String.fromCharCode(text.bytes[end] ?? 0);
      end += 1;
    }
    if (end === text.end && !final) return open;
    return !has(wordBytes, text, end) && remainder97(number) === 1 ? end : none;
  },
};

/** ISO 7064, MOD 97-10: the first four characters moved to the end, A to Z as 10 to 35. */
function remainder97(text: string): number {
  let remainder = 0;
  for (const character of text.slice(4) + text.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder;
}

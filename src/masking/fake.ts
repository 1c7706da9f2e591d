import { type Keyed, keyStream } from './keyed.ts';
import { cardDigits, luhnCheckDigit } from './luhn.ts';

const longestSeed = 1024;

/**
 * A value of the same format: a digit for each digit, a letter of its case for each letter, and
 * everything else as it is. The same value gives the same fake. A number keeps having no leading
 * zero, and a card number passes Luhn's check. Two values may share one fake.
 */
export function fake(value: string, keyed: Keyed): string {
  const next = keyStream(keyed, 'fake', seedOf(value, keyed));
  let previous = '';
  const made = [...value].map((character) => {
    const leads = character !== '0' && !isWordlike(previous);
    previous = character;
    return fakeOf(character, next, leads);
  });
  return cardDigits(value) === null ? made.join('') : withCheckDigit(made.join(''));
}

/** The value itself, or less: it is hashed anew for every few characters of the fake. */
function seedOf(value: string, keyed: Keyed): string {
  return value.length > longestSeed ? keyed('fake seed', value).toString('hex') : value;
}

/** `leads`: a digit that begins a number other than 0. */
function fakeOf(character: string, next: () => number, leads: boolean): string {
  if (/^\p{Nd}$/u.test(character)) {
    return String(leads ? 1 + below(9, next) : below(10, next));
  }
  if (/^\p{Lu}$/u.test(character)) return letter(0x41, next);
  // Letters of no case, marks and symbols above ASCII say as much as letters do.
  if (/^[a-z]$/.test(character) || character > '\x7f') return letter(0x61, next);
  return character;
}

function isWordlike(character: string): boolean {
  return /^[\p{L}\p{Nd}]$/u.test(character);
}

function letter(base: number, next: () => number): string {
  return String.fromCharCode(base + below(26, next));
}

/** Even: bytes that would favour the low values are drawn again. */
function below(limit: number, next: () => number): number {
  const even = 256 - (256 % limit);
  let byte = next();
  while (byte >= even) byte = next();
  return byte % limit;
}

function withCheckDigit(card: string): string {
  const digits = [...card.replace(/\D/g, '')].map(Number);
  return `${card.slice(0, -1)}${luhnCheckDigit(digits.slice(0, -1))}`;
}

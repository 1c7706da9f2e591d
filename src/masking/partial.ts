import { cardDigits } from './luhn.ts';

const hidden = '***';
/** Of a shorter value, one character would be too much of it. */
const shortestShown = 5;

/**
 * A value's shape: `a***@e***.com` of an address, the last four digits of a card number, the
 * first character of anything else that has at least five. Never says how long a value was,
 * but for a card number.
 */
export function partly(value: string): string {
  return addressPart(value) ?? cardPart(value) ?? firstPart(value);
}

function addressPart(value: string): string | null {
  const at = value.lastIndexOf('@');
  const dot = value.lastIndexOf('.');
  if (at < 1 || dot < at + 2 || dot === value.length - 1 || /\s/.test(value)) return null;
  const top = value.slice(dot);
  // What is no name of a top-level domain is part of the value.
  if (!/^\.[A-Za-z]{2,24}$/.test(top)) return null;
  return `${first(value)}${hidden}@${first(value.slice(at + 1))}${hidden}${top}`;
}

function cardPart(value: string): string | null {
  const digits = cardDigits(value);
  if (digits === null) return null;
  let left = digits.length;
  return value.replace(/\d/g, (digit) => {
    left -= 1;
    return left < 4 ? digit : '*';
  });
}

function firstPart(value: string): string {
  return [...value.slice(0, shortestShown * 2)].length < shortestShown
    ? hidden
    : `${first(value)}${hidden}`;
}

/** A whole character, though it takes two code units. */
function first(text: string): string {
  return String.fromCodePoint(text.codePointAt(0) ?? 0x2a);
}

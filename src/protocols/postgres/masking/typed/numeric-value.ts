import { mostDecimalDigits, type ScalarMask } from '../../../../core/scalar-mask.ts';
import type { FormatCode } from '../../wire/format-code.ts';
import { type MaskedValue, textOf, written } from './masked-value.ts';

/** A digit of numeric in binary has four of ours (numeric.c, `DEC_DIGITS`). */
const group = 4;
const headerBytes = 8;
const negative = 0x4000;
const special: ReadonlyMap<number, string> = new Map([
  [0xc000, 'NaN'],
  [0xd000, 'Infinity'],
  [0xf000, '-Infinity'],
]);
const plain = /^-?\d+(?:\.\d+)?$/;
/** With a sign and a point. */
const longest = mostDecimalDigits + 2;
const others: ReadonlySet<string> = new Set(special.values());

export function numericValue(mask: ScalarMask, format: FormatCode): MaskedValue {
  const masked = (text: string | null) => {
    if (text === null || text.length > longest) return null;
    return plain.test(text) || others.has(text) ? mask.decimal(text) : null;
  };
  if (format === 0) {
    return (value) => {
      const text = masked(textOf(value));
      return text === null ? null : written(text);
    };
  }
  return (value) => {
    const text = masked(decodeNumeric(value));
    return text === null ? null : encodeNumeric(text);
  };
}

/** As `numeric_out` writes what `numeric_send` sends; null also for what has too many digits. */
function decodeNumeric(value: Buffer): string | null {
  if (value.length < headerBytes) return null;
  const count = value.readUInt16BE(0);
  if (value.length !== headerBytes + count * 2) return null;
  const [weight, sign, scale] = [
    value.readInt16BE(2),
    value.readUInt16BE(4),
    value.readUInt16BE(6),
  ];
  const named = special.get(sign);
  if (named !== undefined) return named;
  // The first group may have one digit; what has too many for sure is not written out.
  const least = Math.max(weight, 0) * group + 1 + scale;
  if (least > mostDecimalDigits) return null;
  /** Of ten thousand to the powers `from` down to `to`. */
  const digits = (from: number, to: number) => {
    let text = '';
    for (let power = from; power >= to; power -= 1) {
      const at = weight - power;
      const known = at >= 0 && at < count ? value.readUInt16BE(headerBytes + at * 2) : 0;
      text += String(known).padStart(group, '0');
    }
    return text;
  };
  const whole = digits(Math.max(weight, 0), 0).replace(/^0+(?=\d)/, '');
  const fraction = digits(-1, -Math.ceil(scale / group)).slice(0, scale);
  return `${sign === negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

function encodeNumeric(text: string): Buffer {
  const isNegative = text.startsWith('-');
  const [whole = '', fraction = ''] = text.slice(isNegative ? 1 : 0).split('.');
  const wholeGroups = Math.ceil(whole.length / group);
  const fractionGroups = Math.ceil(fraction.length / group);
  const digits =
    whole.padStart(wholeGroups * group, '0') + fraction.padEnd(fractionGroups * group, '0');
  const count = wholeGroups + fractionGroups;
  const isZero = (at: number) => Number(digits.slice(at * group, (at + 1) * group)) === 0;
  let first = 0;
  while (first < count && isZero(first)) first += 1;
  let end = count;
  while (end > first && isZero(end - 1)) end -= 1;
  const out = Buffer.alloc(headerBytes + (end - first) * 2);
  out.writeUInt16BE(end - first, 0);
  out.writeInt16BE(end === first ? 0 : wholeGroups - 1 - first, 2);
  out.writeUInt16BE(isNegative && end > first ? negative : 0, 4);
  out.writeUInt16BE(fraction.length, 6);
  for (let at = first; at < end; at += 1) {
    out.writeUInt16BE(
      Number(digits.slice(at * group, (at + 1) * group)),
      headerBytes + (at - first) * 2,
    );
  }
  return out;
}

import { mostDecimalDigits } from '../../core/scalar-mask.ts';

/** A number in decimal digits: `digits` times ten to the `exponent`. */
export interface DecimalForm {
  readonly negative: boolean;
  /** Neither begin nor end with a zero; empty for zero itself. */
  readonly digits: string;
  readonly exponent: number;
}

const written = /^(-?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

/** The same for equal numbers, however they are written; null for what is no number. */
export function decimalForm(text: string): DecimalForm | null {
  const [, sign, whole, fraction = '', exponent = '0'] = written.exec(text) ?? [];
  if (whole === undefined) return null;
  const all = `${whole}${fraction}`;
  let start = 0;
  while (all[start] === '0') start += 1;
  if (start === all.length) return { negative: false, digits: '', exponent: 0 };
  let end = all.length;
  while (all[end - 1] === '0') end -= 1;
  return {
    negative: sign === '-',
    digits: all.slice(start, end),
    exponent: Number(exponent) - fraction.length + all.length - end,
  };
}

/** If it were written out, with one digit before the point at least; it is not. */
export function hasTooManyDigits(text: string): boolean {
  if (text.length > 2 * mostDecimalDigits) return true;
  const [, , whole = '', fraction = '', exponent = '0'] = written.exec(text) ?? [];
  const moved = Number(exponent);
  const digits = Math.max(whole.length + moved, 1) + Math.max(fraction.length - moved, 0);
  return digits > mostDecimalDigits;
}

/** Null for what is no whole number, or has more than `most` digits. */
export function wholeNumber(form: DecimalForm, most: number): bigint | null {
  const { digits, exponent, negative } = form;
  if (digits === '') return 0n;
  if (exponent < 0 || digits.length + exponent > most) return null;
  const magnitude = BigInt(`${digits}${'0'.repeat(exponent)}`);
  return negative ? -magnitude : magnitude;
}

import { createHash } from 'node:crypto';
import {
  civilDateOf,
  dayAndTimeOf,
  dayOf,
  firstDay,
  microsPerDay,
  microsPerSecond,
} from '../../core/calendar.ts';
import { floatText } from '../../core/float-text.ts';
import {
  type AddressKind,
  type IntegerType,
  infinity,
  integerBounds,
  minusInfinity,
  type ScalarMask,
  type TimestampType,
} from '../../core/scalar-mask.ts';
import { fake } from '../fake.ts';
import type { Keyed } from '../keyed.ts';
import { KeyedAddresses } from './addresses.ts';
import { hasTooManyDigits } from './decimal-form.ts';
import { bitsOf, floatOf } from './float-bits.ts';
import { keyedBelow } from './keyed-numbers.ts';

/**
 * Values of the same look: of as many digits, of the same year, of the same version. What is neither
 * finite nor a number has no digits that others could stand for.
 */
export class FakedScalars implements ScalarMask {
  readonly #keyed: Keyed;
  readonly #addresses: KeyedAddresses;

  constructor(keyed: Keyed) {
    this.#keyed = keyed;
    this.#addresses = new KeyedAddresses(keyed, 'fake');
  }

  integer(type: IntegerType, value: bigint): bigint {
    const text = value.toString();
    const made = BigInt(fake(text, this.#keyed));
    const [least, most] = integerBounds[type];
    if (made >= least && made <= most) return made;
    // Only the longest of a type go beyond it: what is left to draw from is from 10… on.
    const first = 10n ** BigInt(text.replace('-', '').length - 1);
    const last = made < 0n ? -least : most;
    const drawn = first + keyedBelow(this.#keyed, `fake ${type}`, text, last - first + 1n);
    return made < 0n ? -drawn : drawn;
  }

  /** Zeros at its end stay, so that equal numbers of other scales stay equal. */
  decimal(value: string): string | null {
    if (hasTooManyDigits(value) || !/\d/.test(value)) return null;
    const point = value.indexOf('.');
    if (point === -1) return fake(value, this.#keyed);
    let end = value.length;
    while (value[end - 1] === '0') end -= 1;
    if (end === point + 1) end = point;
    return `${fake(value.slice(0, end), this.#keyed)}${value.slice(end)}`;
  }

  float(bits: 32 | 64, value: number): number | null {
    if (!Number.isFinite(value)) return null;
    const [digits = '', exponent = '0'] = floatText(bits, value === 0 ? 0 : value).split('e');
    const made = fake(digits, this.#keyed);
    const number = rounded(bits, Number(`${made}e${exponent}`));
    return Number.isFinite(number)
      ? number
      : rounded(bits, Number(`${made}e${Number(exponent) - 1}`));
  }

  date(day: number): number | null {
    return Number.isFinite(day) ? this.#dayOfYear('date', day, String(day)) : null;
  }

  timestamp(type: TimestampType, micros: bigint): bigint | null {
    if (micros === infinity || micros === minusInfinity) return null;
    const { day, ofDay } = dayAndTimeOf(micros);
    const made = this.#dayOfYear(type, day, String(micros));
    return BigInt(made) * microsPerDay + this.#ofDay(type, ofDay, String(micros));
  }

  time(micros: bigint): bigint {
    return this.#ofDay('time', micros, String(micros));
  }

  uuid(value: Buffer): Buffer {
    const made = this.#keyed('fake uuid', value.toString('hex')).subarray(0, 16);
    const variant = value[8] ?? 0;
    // RFC 9562, section 4.1: as many bits are the variant's as its ones, and one more, up to three.
    const bits = variant < 0x80 ? 0x80 : variant < 0xc0 ? 0xc0 : 0xe0;
    made[6] = ((value[6] ?? 0) & 0xf0) | ((made[6] ?? 0) & 0x0f);
    made[8] = (variant & bits) | ((made[8] ?? 0) & ~bits);
    return made;
  }

  /** As many others. */
  bytes(value: Buffer): Buffer {
    if (value.length === 0) return value;
    const seed = this.#keyed('fake bytes', value.toString('latin1'));
    return createHash('shake256', { outputLength: value.length }).update(seed).digest();
  }

  address(kind: AddressKind, value: Buffer): Buffer {
    return this.#addresses.of(kind, value);
  }

  json(value: string): string | null {
    if (hasTooManyDigits(value)) return null;
    const [digits = '', ...exponent] = value.split(/(?=[eE])/);
    return `${fake(digits, this.#keyed)}${exponent.join('')}`;
  }

  /** A day of the same year. */
  #dayOfYear(type: string, day: number, value: string): number {
    const { year } = civilDateOf(day);
    const first = Math.max(firstDay, dayOf({ year, month: 1, day: 1 }));
    const size = dayOf({ year: year + 1, month: 1, day: 1 }) - first;
    return first + Number(keyedBelow(this.#keyed, `fake ${type} day`, value, BigInt(size)));
  }

  /** A time of the day with as many digits behind the second. */
  #ofDay(type: string, micros: bigint, value: string): bigint {
    let step = microsPerSecond;
    while (micros % step !== 0n) step /= 10n;
    return step * keyedBelow(this.#keyed, `fake ${type} time`, value, microsPerDay / step);
  }
}

function rounded(bits: 32 | 64, value: number): number {
  return floatOf(bits, bitsOf(bits, value));
}

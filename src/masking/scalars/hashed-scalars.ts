import { dayOf, microsPerDay } from '../../core/calendar.ts';
import {
  type AddressKind,
  type IntegerType,
  integerBounds,
  type ScalarMask,
  type TimestampType,
} from '../../core/scalar-mask.ts';
import type { Keyed } from '../keyed.ts';
import { KeyedAddresses } from './addresses.ts';
import { decimalForm, hasTooManyDigits, wholeNumber } from './decimal-form.ts';
import { bitsOf, floatOf } from './float-bits.ts';
import { keyedBelow } from './keyed-numbers.ts';
import { KeyedPermutation } from './keyed-permutation.ts';

/** What clients can read: ISO 8601's four digits. */
const firstDate = dayOf({ year: 1, month: 1, day: 1 });
const days = BigInt(dayOf({ year: 10_000, month: 1, day: 1 }) - firstDate);
const firstMicro = BigInt(firstDate) * microsPerDay;
/** Of numbers that take every program's decimal type: 96 bits. */
const decimalBytes = 12;
const hashBytes = 16;
/** RFC 8259, section 6: what every reader of JSON agrees on. */
const safest = BigInt(Number.MAX_SAFE_INTEGER);
const safeDigits = 16;

/**
 * What says nothing of a value but which others it equals. Where a type has few enough values they
 * are permuted among themselves, whatever their size and sign, so that different ones stay so.
 */
export class HashedScalars implements ScalarMask {
  readonly #keyed: Keyed;
  readonly #addresses: KeyedAddresses;
  readonly #permutations = new Map<string, KeyedPermutation>();

  constructor(keyed: Keyed) {
    this.#keyed = keyed;
    this.#addresses = new KeyedAddresses(keyed, 'hash');
  }

  integer(type: IntegerType, value: bigint): bigint {
    const [least, most] = integerBounds[type];
    return least + this.#permuted(type, most - least + 1n, value - least);
  }

  decimal(value: string): string | null {
    if (hasTooManyDigits(value)) return null;
    const digest = this.#keyed('hash numeric', canonical(value));
    return BigInt(`0x${digest.toString('hex', 0, decimalBytes)}`).toString();
  }

  float(bits: 32 | 64, value: number): number {
    let pattern = bitsOf(bits, value);
    let made: number;
    do {
      pattern = this.#permuted(`float${bits}`, 2n ** BigInt(bits), pattern);
      made = floatOf(bits, pattern);
    } while (!Number.isFinite(made) || Object.is(made, -0));
    return made;
  }

  date(day: number): number {
    const isPlain = day >= firstDate && day < firstDate + Number(days);
    const index = isPlain
      ? this.#permuted('date', days, BigInt(day - firstDate))
      : keyedBelow(this.#keyed, 'hash date other', String(day), days);
    return firstDate + Number(index);
  }

  timestamp(type: TimestampType, micros: bigint): bigint {
    const size = days * microsPerDay;
    return firstMicro + this.#permutedOr(type, size, micros - firstMicro);
  }

  time(micros: bigint): bigint {
    return this.#permutedOr('time', microsPerDay, micros);
  }

  /** RFC 9562, section 5.8: a UUID of version 8 has 122 bits of one's own. */
  uuid(value: Buffer): Buffer {
    const uuid = this.#keyed('hash uuid', value.toString('hex')).subarray(0, 16);
    uuid[6] = 0x80 | ((uuid[6] ?? 0) & 0x0f);
    uuid[8] = 0x80 | ((uuid[8] ?? 0) & 0x3f);
    return uuid;
  }

  bytes(value: Buffer): Buffer {
    return this.#keyed('hash bytes', value.toString('latin1')).subarray(0, hashBytes);
  }

  address(kind: AddressKind, value: Buffer): Buffer {
    return this.#addresses.of(kind, value);
  }

  json(value: string): string | null {
    if (hasTooManyDigits(value)) return null;
    const form = decimalForm(value);
    const whole = form === null ? null : wholeNumber(form, safeDigits);
    const size = safest * 2n + 1n;
    if (whole !== null && whole >= -safest && whole <= safest) {
      return String(this.#permuted('json', size, whole + safest) - safest);
    }
    return String(keyedBelow(this.#keyed, 'hash json other', canonical(value), size) - safest);
  }

  #permuted(name: string, size: bigint, index: bigint): bigint {
    let permutation = this.#permutations.get(name);
    if (permutation === undefined) {
      permutation = new KeyedPermutation(this.#keyed, `hash ${name}`, size);
      this.#permutations.set(name, permutation);
    }
    return permutation.of(index);
  }

  /** What is outside gets a mask of what is within, which that has too. */
  #permutedOr(name: string, size: bigint, index: bigint): bigint {
    if (index >= 0n && index < size) return this.#permuted(name, size, index);
    return keyedBelow(this.#keyed, `hash ${name} other`, String(index), size);
  }
}

function canonical(value: string): string {
  const form = decimalForm(value);
  if (form === null) return value;
  return `${form.negative ? '-' : ''}${form.digits}e${form.exponent}`;
}

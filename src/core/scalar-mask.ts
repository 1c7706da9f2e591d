export type IntegerType = 'int2' | 'int4' | 'int8' | 'oid';

/** Bounds of each type, both included. */
export const integerBounds: Readonly<Record<IntegerType, readonly [bigint, bigint]>> = {
  int2: [-(2n ** 15n), 2n ** 15n - 1n],
  int4: [-(2n ** 31n), 2n ** 31n - 1n],
  int8: [-(2n ** 63n), 2n ** 63n - 1n],
  oid: [0n, 2n ** 32n - 1n],
};

export type TimestampType = 'timestamp' | 'timestamptz';

/** Stand for the timestamps that are earlier, and later, than all others. */
export const [minusInfinity, infinity] = integerBounds.int8;

/** Whole ones and those of the scale; numbers that have more have no mask. */
export const mostDecimalDigits = 1_000;

/** `mac8`: EUI-64. */
export type AddressKind = 'ipv4' | 'ipv6' | 'mac' | 'mac8';

/**
 * What stands for values that are no text: a value of the same type, the same for equal values.
 * Null: nothing of the type can stand for it. The types are those of SQL; equal values of two of
 * them have nothing in common.
 */
export interface ScalarMask {
  integer(type: IntegerType, value: bigint): bigint;
  /** In plain digits, or `NaN`, `Infinity`, `-Infinity`. */
  decimal(value: string): string | null;
  float(bits: 32 | 64, value: number): number | null;
  /** Days from 2000-01-01 on in the proleptic Gregorian calendar; may be infinite. */
  date(day: number): number | null;
  /** Microseconds from the beginning of 2000-01-01 on, or one of the two infinite ones. */
  timestamp(type: TimestampType, micros: bigint): bigint | null;
  /** Microseconds of a day. */
  time(micros: bigint): bigint;
  uuid(value: Buffer): Buffer;
  bytes(value: Buffer): Buffer;
  address(kind: AddressKind, value: Buffer): Buffer;
  /** A number as JSON writes it. */
  json(value: string): string | null;
}

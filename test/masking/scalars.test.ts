import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { civilDateOf, dayOf } from '../../src/core/calendar.ts';
import { type IntegerType, integerBounds, type ScalarMask } from '../../src/core/scalar-mask.ts';
import { keyedBy } from '../../src/masking/keyed.ts';
import { KeyedPermutation } from '../../src/masking/scalars/keyed-permutation.ts';
import { createMask } from '../../src/masking/strategies.ts';
import { key } from './questions.ts';

const integerTypes = Object.keys(integerBounds) as IntegerType[];
const integers = fc.constantFrom(...integerTypes).chain((type) => {
  const [min, max] = integerBounds[type];
  return fc.tuple(fc.constant(type), fc.bigInt({ min, max }));
});

function scalarsOf(strategy: 'hash' | 'fake', own = key): ScalarMask {
  const { scalars } = createMask(strategy, own);
  if (scalars === undefined) throw new Error('there are none');
  return scalars;
}

describe('a keyed permutation', () => {
  it('of int2 gives each value once, in no order and under each key another', () => {
    const all = Array.from({ length: 65_536 }, (_, index) => BigInt(index - 32_768));
    const under = (own: string) => {
      const hash = scalarsOf('hash', own);
      return all.map((value) => hash.integer('int2', value));
    };
    const masked = under(key);
    expect([...masked].sort((a, b) => Number(a - b))).toEqual(all);
    const other = under(`${key}!`);
    // Of a random permutation one value stays where it is, on average.
    for (const [index, values] of [all, other].entries()) {
      const same = masked.filter((value, at) => value === values[at]).length;
      expect([index, same < 12]).toEqual([index, true]);
    }
    const steps = masked.filter((value, at) => value + 1n === masked[at + 1]).length;
    expect(steps).toBeLessThan(12);
  });

  it('of any number of values gives each of them once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_000 }), (size) => {
        const permutation = new KeyedPermutation(keyedBy(key), `of ${size}`, BigInt(size));
        const made = Array.from({ length: size }, (_, index) => permutation.of(BigInt(index)));
        expect(new Set(made).size).toBe(size);
        expect(made.every((value) => value >= 0n && value < BigInt(size))).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  it('of large types keeps different values apart and within the type', () => {
    const hash = scalarsOf('hash');
    fc.assert(
      fc.property(integers, fc.bigInt({ min: 1n, max: 9n }), ([type, value], step) => {
        const [least, most] = integerBounds[type];
        const masked = hash.integer(type, value);
        expect(masked >= least && masked <= most).toBe(true);
        if (value + step > most) return;
        expect(hash.integer(type, value + step)).not.toBe(masked);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a hash of what is no text', () => {
  const hash = scalarsOf('hash');

  it('says nothing of size and sign', () => {
    const masked = Array.from({ length: 400 }, (_, id) => hash.integer('int8', BigInt(id)));
    const negative = masked.filter((value) => value < 0n).length;
    expect(negative).toBeGreaterThan(120);
    expect(negative).toBeLessThan(280);
  });

  it('is another for the same number in another type, and under another key', () => {
    const one = integerTypes.map((type) => hash.integer(type, 1n));
    expect(new Set([...one.map(String), hash.decimal('1'), hash.json('1')]).size).toBe(6);
    expect(scalarsOf('hash', `${key}!`).integer('int8', 1n)).not.toBe(hash.integer('int8', 1n));
  });

  it('is equal for equal numbers, however they are written', () => {
    for (const same of [
      ['1', '1.0', '1.000'],
      ['0', '-0', '0.00'],
      ['-12.5', '-12.50'],
    ]) {
      expect(new Set(same.map((text) => hash.decimal(text))).size).toBe(1);
      expect(new Set(same.map((text) => hash.json(text))).size).toBe(1);
    }
    expect(hash.json('1e2')).toBe(hash.json('100'));
    expect(hash.float(64, -0)).toBe(hash.float(64, 0));
    expect(hash.decimal('10')).not.toBe(hash.decimal('1'));
  });

  it('of a date is one of the years 1 to 9999, and different dates of these have different ones', () => {
    const [first, last] = [
      dayOf({ year: 1, month: 1, day: 1 }),
      dayOf({ year: 9999, month: 12, day: 31 }),
    ];
    const dates = Array.from({ length: 5_000 }, (_, index) => -3_000 + index);
    const masked = [...dates, first, last].map((day) => hash.date(day) ?? Number.NaN);
    expect(new Set(masked).size).toBe(masked.length);
    for (const day of [...masked, hash.date(2_145_031_948), hash.date(Number.NEGATIVE_INFINITY)]) {
      expect(day).toBeGreaterThanOrEqual(first);
      expect(day).toBeLessThanOrEqual(last);
    }
  });

  it('of a UUID is one of version 8', () => {
    const uuid = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(uuid, (value) => {
        const masked = hash.uuid(value).toString('hex');
        expect(masked).toMatch(/^[0-9a-f]{12}8[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
      }),
    );
  });

  it('of a JSON number is a number that every reader of JSON keeps', () => {
    const numbers = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.maxSafeInteger(),
    );
    fc.assert(
      fc.property(numbers, (number) => {
        const masked = hash.json(JSON.stringify(number));
        expect(Number.isSafeInteger(JSON.parse(`${masked}`))).toBe(true);
        expect(String(Number(masked))).toBe(masked);
      }),
    );
  });
});

describe('a fake of what is no text', () => {
  const fake = scalarsOf('fake');

  it('of a whole number has its sign and as many digits, within its type', () => {
    fc.assert(
      fc.property(integers, ([type, value]) => {
        const [least, most] = integerBounds[type];
        const masked = fake.integer(type, value);
        expect(masked >= least && masked <= most).toBe(true);
        expect(shape(masked)).toBe(shape(value));
      }),
    );
    for (const type of integerTypes) {
      for (const value of integerBounds[type]) {
        expect(shape(fake.integer(type, value))).toBe(shape(value));
      }
    }
  });

  it('of a decimal has its scale and as many digits, and equal ones stay equal', () => {
    const decimals = fc.tuple(fc.maxSafeInteger(), fc.integer({ min: 1, max: 9 }));
    fc.assert(
      fc.property(decimals, ([whole, fraction]) => {
        const text = `${whole}.${fraction}`;
        const masked = fake.decimal(text) ?? '';
        expect(masked.replace(/\d/g, '0')).toBe(text.replace(/\d/g, '0'));
        expect(fake.decimal(`${text}00`)).toBe(`${masked}00`);
      }),
    );
    expect(fake.decimal('12.00')).toBe(`${fake.decimal('12')}.00`);
  });

  it('of a date is of the same year', () => {
    fc.assert(
      fc.property(fc.integer({ min: -2_451_545, max: 2_145_031_948 }), (day) => {
        const masked = fake.date(day) ?? Number.NaN;
        expect(civilDateOf(masked).year).toBe(civilDateOf(day).year);
        expect(masked).toBeGreaterThanOrEqual(-2_451_545);
      }),
    );
  });

  it('of a time has as many digits behind the second', () => {
    const second = 1_000_000n;
    for (const step of [second, second / 10n, second / 1000n]) {
      const masked = Array.from({ length: 50 }, (_, count) => {
        return fake.timestamp('timestamp', -5n * second + BigInt(count) * step) ?? 1n;
      });
      expect(masked.filter((value) => value % step !== 0n)).toEqual([]);
    }
  });

  it('of a UUID has its version and variant', () => {
    const uuid = fc.uint8Array({ minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(uuid, (bytes) => {
        const masked = fake.uuid(Buffer.from(bytes));
        expect((masked[6] ?? 0) >> 4).toBe((bytes[6] ?? 0) >> 4);
        expect(variantOf(masked)).toBe(variantOf(bytes));
        expect(masked.equals(Buffer.from(bytes))).toBe(false);
      }),
    );
  });

  it('of what is neither finite nor a number is none', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(fake.float(64, value)).toBe(null);
    }
    for (const value of ['NaN', 'Infinity', '-Infinity']) expect(fake.decimal(value)).toBe(null);
    expect(fake.date(Number.POSITIVE_INFINITY)).toBe(null);
    expect(fake.timestamp('timestamptz', integerBounds.int8[1])).toBe(null);
  });

  it('of a JSON number is one', () => {
    const numbers = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.maxSafeInteger(),
    );
    fc.assert(
      fc.property(numbers, (number) => {
        expect(typeof JSON.parse(`${fake.json(JSON.stringify(number))}`)).toBe('number');
      }),
    );
  });

  it('of bytes has as many, also of very many at once', () => {
    for (const length of [0, 1, 31, 33, 20 << 20]) {
      expect(fake.bytes(Buffer.alloc(length, 7)).length).toBe(length);
    }
  });
});

describe.each(['hash', 'fake'] as const)(
  'a number of more than 1,000 digits, under %s',
  (strategy) => {
    it('has no mask, however few characters write it', () => {
      const mask = scalarsOf(strategy);
      const fraction = `0.${'1'.repeat(1_000)}`;
      for (const text of ['1e999999', '-1e1000', '1e-1000', '1.5e99999999999999999999', fraction]) {
        expect([text, mask.json(text)]).toEqual([text, null]);
      }
      for (const text of ['1e999', '1e-999', '1.5E+308', '1'.repeat(1_000)]) {
        expect([text, mask.json(text)]).toEqual([text, expect.stringMatching(/^-?[1-9]/)]);
      }
      expect(mask.decimal('1'.repeat(1_001))).toBe(null);
      expect(mask.decimal(fraction)).toBe(null);
    });
  },
);

function shape(value: bigint): string {
  return String(value).replace(/\d/g, '0');
}

/** RFC 9562, section 4.1. */
function variantOf(bytes: Uint8Array): string {
  const variant = (bytes[8] ?? 0).toString(2).padStart(8, '0');
  return /^(?:0|10|11[01])/.exec(variant)?.[0] ?? '';
}

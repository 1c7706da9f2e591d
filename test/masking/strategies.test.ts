import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskStrategies, shortMaskBytes } from '../../src/core/masking.ts';
import { fake } from '../../src/masking/fake.ts';
import { type Keyed, keyedBy } from '../../src/masking/keyed.ts';
import { cardDigits } from '../../src/masking/luhn.ts';
import { createMask, strictest } from '../../src/masking/strategies.ts';
import { key } from './questions.ts';

const visa = '4111 1111 1111 1111';

describe('no strategy', () => {
  it.each(maskStrategies)('%s leaves a value as it was', (strategy) => {
    const mask = createMask(strategy, key);
    for (const value of ['ann@example.com', visa, 'short', '12-34', 'Ærøskøbing']) {
      expect(mask.apply(value)).not.toBe(value);
    }
  });
});

describe('null and redact', () => {
  it('say nothing of the value', () => {
    expect(createMask('null', key).apply('ann@example.com')).toBe(null);
    expect(createMask('redact', key).apply('ann@example.com')).toBe('[masked]');
    expect(createMask('redact', key).apply('')).toBe('[masked]');
  });
});

describe('partial', () => {
  it.each([
    ['ann@example.com', 'a***@e***.com'],
    ['a.b+c@mail.example.co.uk', 'a***@m***.uk'],
    [visa, '**** **** **** 1111'],
    ['4111111111111111', '************1111'],
    ['4111 1111 1111 1112', '4***'],
    ['GB82WEST12345698765432', 'G***'],
    ['ab', '***'],
    ['', '***'],
    ['ann@localhost', 'a***'],
    ['an n@example.com', 'a***'],
    ['ann@e.secret1', 'a***'],
    ['😀😀😀😀😀', '😀***'],
  ])('keeps the shape of %s', (value, expected) => {
    expect(createMask('partial', key).apply(value)).toBe(expected);
  });
});

describe('a mask that writes', () => {
  const pieces = fc.constantFrom(
    'a',
    'Zz',
    '.',
    '@',
    'example.com',
    'e.co',
    ' ',
    'é',
    '7',
    '[',
    '',
  );
  const values = fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(''));

  it.each(['redact', 'partial', 'hash'] as const)(
    '%s writes what it would have answered',
    (strategy) => {
      const { write, apply } = createMask(strategy, key);
      let written = 0;
      fc.assert(
        fc.property(values, fc.nat(5), (value, before) => {
          const bytes = Buffer.concat([
            Buffer.alloc(before, 'x'),
            Buffer.from(value),
            Buffer.from('@x'),
          ]);
          const out = Buffer.alloc(before + shortMaskBytes, '.');
          const count = write?.(bytes, before, bytes.length - 2, out, before) ?? -1;
          if (count < 0) return;
          written += 1;
          expect(out.toString('utf8', before, before + count)).toBe(apply(value));
          expect(count).toBeLessThanOrEqual(shortMaskBytes);
        }),
        { numRuns: 2000 },
      );
      expect(written).toBeGreaterThan(0);
    },
  );

  it('is asked otherwise for whatever is no plain address', () => {
    const { write } = createMask('partial', key);
    for (const value of [visa, 'ann', 'ann@e.c0m', 'é@e.com', 'a\0b@e.com', 'ann@e.c']) {
      const bytes = Buffer.from(value);
      expect(write?.(bytes, 0, bytes.length, Buffer.alloc(64), 0)).toBeLessThan(0);
    }
  });
});

describe('hash', () => {
  const { apply } = createMask('hash', key);

  it('keeps equal values equal, under one key', () => {
    expect(apply('ann@example.com')).toMatch(/^[0-9a-f]{32}$/);
    expect(createMask('hash', key).apply('ann@example.com')).toBe(apply('ann@example.com'));
    expect(createMask('hash', `${key}!`).apply('ann@example.com')).not.toBe(
      apply('ann@example.com'),
    );
  });

  it('is HMAC-SHA-256 of purpose and value, whatever the length of key and value', () => {
    const length = fc.oneof(fc.nat(200), fc.constantFrom(1000, 1024, 1025, 5000));
    const text = fc.tuple(length, fc.string({ unit: 'grapheme', minLength: 1, maxLength: 5 }));
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 130 }), text, (own, [size, unit]) => {
        const value = unit.repeat(size / unit.length);
        const hmac = createHmac('sha256', own).update('hoopx.masking/v1 hash\0').update(value);
        expect(createMask('hash', own).apply(value)).toBe(hmac.digest('hex').slice(0, 32));
      }),
    );
  });

  it('keeps different values apart', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        expect(apply(one) === apply(other)).toBe(one === other);
      }),
    );
  });
});

describe('fake', () => {
  const make = (value: string) => createMask('fake', key).apply(value) ?? '';

  it('gives digits for digits, letters for letters, and leaves the rest', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 80 }), (value) => {
        const shape = (text: string) =>
          text.replace(/[0-9]/g, '0').replace(/[a-z]/g, 'a').replace(/[A-Z]/g, 'A');
        expect(shape(make(value))).toBe(shape(value));
      }),
    );
  });

  it('is the same for the same value and key, and another for another key', () => {
    expect(make('Ann Miller')).toBe(make('Ann Miller'));
    expect(make('Ann Miller')).not.toBe(createMask('fake', `${key}!`).apply('Ann Miller'));
  });

  it('of a long value hashes no more than some times its length', () => {
    const keyed = keyedBy(key);
    let hashed = 0;
    const counting: Keyed = (purpose, value) => {
      hashed += value.length;
      return keyed(purpose, value);
    };
    const long = 'a1 '.repeat(100_000);
    expect(fake(long, counting)).toHaveLength(long.length);
    expect(hashed).toBeLessThan(long.length * 4);
  });

  it('lets nothing through that is no ASCII punctuation', () => {
    expect(make('Ærø 東京')).toMatch(/^[A-Z][a-z]{2} [a-z]{2}$/);
    expect(make('東京')).toMatch(/^[a-z]{2}$/);
    expect(make('٣٤')).toMatch(/^\d\d$/);
  });

  it('makes card numbers that pass Luhn', () => {
    for (const card of [visa, '378282246310005', '6011-1111-1111-1117']) {
      expect(make(card)).not.toBe(card);
      expect(cardDigits(make(card))).toHaveLength(card.replace(/\D/g, '').length);
    }
  });

  it('keeps numbers free of leading zeros', () => {
    for (let number = 1; number < 300; number += 1) expect(make(String(number))).toMatch(/^[1-9]/);
    expect(make('0')).toMatch(/^\d$/);
  });
});

describe('of several masks', () => {
  it('the strictest is used: null, redact, hash, fake, partial', () => {
    const masks = [...maskStrategies].reverse().map((strategy) => createMask(strategy, key));
    for (let count = 1; count <= masks.length; count += 1) {
      expect(strictest(masks.slice(0, count))).toBe(masks[count - 1]);
    }
    expect(strictest([])).toBe(null);
  });
});

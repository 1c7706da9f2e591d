import { describe, expect, test } from 'vitest';
import { createMask } from '../../../../src/masking/strategies.ts';
import {
  builtInShapes,
  type TypeShape,
  type TypeShapes,
} from '../../../../src/protocols/postgres/masking/typed/type-shapes.ts';
import { valueMask } from '../../../../src/protocols/postgres/masking/value-mask.ts';

const masks = (['hash', 'fake'] as const).map((strategy) => createMask(strategy, 'k'));
const [int4, int4s, numeric, date, time, timestamptz] = [23, 1007, 1700, 1082, 1083, 1184];
const [pair, pairs] = [20_001, 20_002];
const pairShapes: TypeShapes = new Map<number, TypeShape>([
  ...builtInShapes,
  [pair, { kind: 'row', members: [int4, int4s] }],
  [pairs, { kind: 'array', element: pair }],
]);

function shown(typeOid: number, value: Buffer | string, shapes = builtInShapes) {
  const format = typeof value === 'string' ? 0 : 1;
  return masks.map((mask) => {
    const { value: masked } = valueMask(mask, { typeOid, format }, new Set(), shapes);
    return masked(Buffer.from(value))?.toString('latin1') ?? null;
  });
}

function isShown(...asked: Parameters<typeof shown>): boolean[] {
  return shown(...asked).map((value) => value !== null);
}

const [both, neither] = [
  [true, true],
  [false, false],
];

describe('a numeric of many digits', () => {
  const digits = (weight: number, first: number, scale = 0) => {
    const value = Buffer.alloc(10);
    value.writeUInt16BE(1, 0);
    value.writeInt16BE(weight, 2);
    value.writeUInt16BE(scale, 6);
    value.writeUInt16BE(first, 8);
    return value;
  };

  test('is NULL in binary, and nothing is written out for it', () => {
    const few = process.cpuUsage().user;
    for (let count = 0; count < 2_000; count += 1) {
      expect(isShown(numeric, digits(32_767, 1))).toEqual(neither);
    }
    expect((process.cpuUsage().user - few) / 1e6).toBeLessThan(4);
    expect(isShown(numeric, digits(0, 1, 16_383))).toEqual(neither);
    expect(isShown(numeric, digits(-200, 1, 1_001))).toEqual(neither);
  });

  test('is NULL from the same number of digits on in both formats', () => {
    expect(isShown(numeric, digits(249, 9_999))).toEqual(both);
    expect(isShown(numeric, '9'.repeat(1_000))).toEqual(both);
    expect(isShown(numeric, digits(249, 999, 1))).toEqual(both);
    expect(isShown(numeric, `-${'9'.repeat(999)}.5`)).toEqual(both);
    expect(isShown(numeric, digits(250, 1))).toEqual(neither);
    expect(isShown(numeric, '9'.repeat(1_001))).toEqual(neither);
    expect(isShown(numeric, digits(249, 1_000, 1))).toEqual(neither);
    expect(isShown(numeric, `${'9'.repeat(1_000)}.5`)).toEqual(neither);
    expect(isShown(numeric, '9'.repeat(40 << 20))).toEqual(neither);
  });
});

describe('a value of many parts', () => {
  const ones = (count: number) => `{${Array(count).fill('1').join(',')}}`;
  const binary = (count: number) => {
    const head = Buffer.from('000000010000000000000017' + '0000000000000001', 'hex');
    head.writeInt32BE(count, 12);
    return Buffer.concat([head, ...Array(count).fill(Buffer.from('0000000400000001', 'hex'))]);
  };

  test('is NULL where it is an array of more than 10,000 elements', () => {
    expect(isShown(int4s, ones(10_000))).toEqual(both);
    expect(isShown(int4s, binary(10_000))).toEqual(both);
    expect(isShown(int4s, ones(10_001))).toEqual(neither);
    expect(isShown(int4s, binary(10_001))).toEqual(neither);
  });

  test('is NULL where the arrays in it have more than that in all', () => {
    const rows = (count: number) =>
      `{${Array(count)
        .fill(`"(1,\\"${ones(99)}\\")"`)
        .join(',')}}`;
    expect(isShown(pairs, rows(100), pairShapes)).toEqual(both);
    expect(isShown(pairs, rows(101), pairShapes)).toEqual(neither);
  });

  test('does not count those of the value before it', () => {
    const [mask] = masks;
    if (mask === undefined) throw new Error('there is none');
    const column = valueMask(mask, { typeOid: int4s, format: 0 }, new Set());
    for (const count of [10_001, 10_000, 10_000]) {
      expect(column.value(Buffer.from(ones(count))) === null).toBe(count > 10_000);
    }
  });
});

describe('a type made of rows that are made of rows', () => {
  const first = 30_000;
  const nested = (depth: number, width: number, asked: (oid: number) => void): TypeShapes => {
    const shapes = new Map<number, TypeShape>();
    for (let level = 0; level < depth; level += 1) {
      const member = level + 1 < depth ? first + level + 1 : int4;
      shapes.set(first + level, { kind: 'row', members: Array(width).fill(member) });
    }
    const get = shapes.get.bind(shapes);
    shapes.get = (oid) => {
      asked(oid);
      return get(oid);
    };
    return shapes;
  };

  test('is looked at once for each depth', () => {
    let count = 0;
    const shapes = nested(8, 4, () => {
      count += 1;
    });
    expect(isShown(first, '(,,,)', shapes)).toEqual(both);
    expect(count).toBeLessThan(50);
  });

  test('is NULL where they have more than 10,000 members in all', () => {
    const row = (width: number) => `(${','.repeat(width - 1)})`;
    expect(
      isShown(
        first,
        row(1_250),
        nested(8, 1_250, () => {}),
      ),
    ).toEqual(both);
    expect(
      isShown(
        first,
        row(1_251),
        nested(8, 1_251, () => {}),
      ),
    ).toEqual(neither);
  });
});

describe('what no value of the type is', () => {
  test.each([
    [20, ['9223372036854775808', '-9223372036854775809']],
    [21, ['32768', '1'.repeat(20)]],
    [26, ['-5', '4294967296']],
    [date, ['123456789012345678-01-01', `${'9'.repeat(400)}-01-01`, '5874898-01-01']],
    [timestamptz, ['123456789012345678-01-01 00:00:00+00', '294277-01-01 00:00:00+00']],
    [timestamptz, [`${'9'.repeat(400)}-01-01 00:00:00+00`, '4714-11-23 23:59:59+00 BC']],
    [time, ['24:00:01', '99:99:99']],
  ])('of type %i is NULL in text', (typeOid, texts) => {
    for (const text of texts) expect([text, ...isShown(typeOid, text)]).toEqual([text, ...neither]);
  });

  test.each([
    [timestamptz, [9_223_371_331_200_000_000n, -211_813_488_000_000_001n]],
    [1114, [9_223_371_331_200_000_000n, 2n ** 63n - 2n]],
    [time, [-1n, 86_400_000_001n]],
  ])('of type %i is NULL in binary', (typeOid, values) => {
    for (const value of values) {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64BE(value);
      expect([value, ...isShown(typeOid, bytes)]).toEqual([value, ...neither]);
    }
  });

  test('is NULL of dates in binary', () => {
    for (const day of [2_145_031_949, -2_451_546]) {
      const bytes = Buffer.alloc(4);
      bytes.writeInt32BE(day);
      expect(isShown(date, bytes)).toEqual(neither);
    }
    const last = Buffer.alloc(4);
    last.writeInt32BE(2_145_031_948);
    expect(isShown(date, last)).toEqual(both);
  });
});

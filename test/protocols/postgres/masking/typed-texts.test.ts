import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMask } from '../../../../src/masking/strategies.ts';
import {
  builtInShapes,
  type TypeShapes,
} from '../../../../src/protocols/postgres/masking/typed/type-shapes.ts';
import { valueMask } from '../../../../src/protocols/postgres/masking/value-mask.ts';

const secret = 'zq7-secret';
const none: ReadonlySet<number> = new Set();
const [row, arrayOfRows, endless] = [20_001, 20_002, 20_003];
const shapes: TypeShapes = new Map([
  ...builtInShapes,
  [row, { kind: 'row', members: [25, 23, 16, 1007] }],
  [arrayOfRows, { kind: 'array', element: row }],
  [endless, { kind: 'domain', base: endless }],
]);
const scalars = [16, 17, 20, 21, 23, 26, 650, 700, 701, 774, 829, 869, 1082, 1083, 1114, 1184];
const types = [...scalars, 1186, 1266, 1700, 2950, ...builtInShapes.keys(), row, arrayOfRows];
const masks = (['hash', 'fake'] as const).map((strategy) => createMask(strategy, 'k'));

function shown(typeOid: number, format: 0 | 1, value: Buffer): (string | null)[] {
  return masks.map((mask) => {
    const masked = valueMask(mask, { typeOid, format }, none, shapes).value(value);
    return masked === null ? null : masked.toString('latin1');
  });
}

describe('a value that is no text', () => {
  test('shows nothing that is planted in it, whatever its bytes are', () => {
    const around = fc.string({
      unit: fc.constantFrom(...'{}()[],"\\: =.-x01', '\n'),
      maxLength: 12,
    });
    const planted = fc.tuple(around, around).map(([before, after]) => `${before}${secret}${after}`);
    const bytes = fc.uint8Array({ maxLength: 60 }).map((each) => Buffer.from(each));
    const values = fc.oneof(
      planted.map((text) => Buffer.from(text)),
      fc.tuple(bytes, planted).map(([head, text]) => Buffer.concat([head, Buffer.from(text)])),
    );
    fc.assert(
      fc.property(fc.constantFrom(...types), fc.constantFrom<0 | 1>(0, 1), values, (...asked) => {
        for (const text of shown(...asked)) expect(text ?? '').not.toContain(secret);
      }),
      { numRuns: 3_000 },
    );
  });

  test.each([
    [23, ['', '1 ', '0x1', '1.0', 'zq7', '1'.repeat(30)]],
    [701, ['', '1,5', 'inf', 'Infinity!']],
    [1700, ['1e5', '.5', '1,000.5', 'infinity']],
    [1082, ['05/17/1990', '17.05.1990', '05-17-1990', '1990-05-17 AD', 'today']],
    [1184, ['Wed Jul 10 12:34:56 2024 UTC', '2024-07-01T12:34:56Z', '2024-07-01']],
    [1083, ['12:34', '12:34:56+02', '12:34:56 PM']],
    [2950, ['f81d4fae7dec41d0a76500a0c91e6bf6', '{f81d4fae-7dec-41d0-a765-00a0c91e6bf6}']],
    [17, ['\\xabc', '\\9', 'a\\']],
    [869, ['10.0.0', '10.0.0.256', '1::2::3', '1:2:3', ':::', '10.0.0.1/x', '::g']],
    [829, ['08-00-2b-01-02-03', '08:00:2b:01:02']],
    [1007, ['', '1', '{1', '{1}}', '{1}{2}', '{"1}', '[x]={1}']],
    [row, ['', '(', '(a,1,t)', '(a,1,t,{1},2)', '(a,1,t,{1}', '("a,1,t,{1})', '(a,1,t,{1}) ']],
    [endless, ['1']],
  ])('of type %i is NULL where it is not written as the type is', (typeOid, texts) => {
    for (const text of texts) {
      expect([text, ...shown(typeOid, 0, Buffer.from(text))]).toEqual([text, null, null]);
    }
  });

  test.each([
    [23, [0, 3, 5, 8]],
    [1700, [0, 7, 9]],
    [869, [0, 4, 7, 9]],
    [2950, [0, 15, 17]],
    [1007, [0, 11, 13, 100]],
    [row, [0, 3, 7]],
  ])('of type %i is NULL where it is of another length in binary', (typeOid, lengths) => {
    for (const length of lengths) {
      const value = Buffer.alloc(length, 1);
      expect([length, ...shown(typeOid, 1, value)]).toEqual([length, null, null]);
    }
  });

  test('keeps what arrays and rows are made of, and nothing else', () => {
    for (const text of shown(1007, 0, Buffer.from('[0:1][1:2]={{11,NULL},{22,33}}'))) {
      expect(text).toMatch(/^\[0:1\]\[1:2\]=\{\{-?\d+,NULL\},\{-?\d+,-?\d+\}\}$/);
    }
    for (const text of shown(arrayOfRows, 0, Buffer.from('{"(a b,1,t,\\"{1,2}\\")",NULL}'))) {
      expect(text).toMatch(/^\{"\(.*,-?\d+,,\\"\{-?\d+,-?\d+\}\\"\)",NULL\}$/);
    }
  });

  test('of timestamptz is in UTC, whatever zone the session reads it in', () => {
    const said = ['2024-06-12 12:00:00+01', '2024-01-01 05:30:00-05:30', '2024-07-01 12:00:00+00'];
    for (const text of [...said, 'infinity', '1883-01-01 00:00:00-04:56:02']) {
      const [hashed, faked] = shown(1184, 0, Buffer.from(text));
      expect([text, hashed]).toEqual([text, expect.stringMatching(/[\d.]{2}\+00$/)]);
      if (text !== 'infinity') expect(faked).toMatch(/:\d\d\+00$/);
    }
    expect(shown(1184, 0, Buffer.from('2024-06-12 12:00:00+01'))).toEqual(
      shown(1184, 0, Buffer.from('2024-06-12 11:00:00+00')),
    );
    // A timestamp has no zone, and a timestamptz has one.
    expect(shown(1114, 0, Buffer.from('2024-06-12 12:00:00+01'))).toEqual([null, null]);
    expect(shown(1184, 0, Buffer.from('2024-06-12 12:00:00'))).toEqual([null, null]);
  });

  test('of bytea may be of some megabytes', () => {
    for (const text of [`\\x${'ab'.repeat(2 << 20)}`, '\\\\a'.repeat(1 << 20)]) {
      for (const masked of shown(17, 0, Buffer.from(text)))
        expect(masked?.slice(0, 4)).toMatch(/^\\x[0-9a-f]{2}/);
    }
  });

  test('of bytea is the same however it is written', () => {
    for (const [escaped, hex] of [
      ['a\\\\b\\000\\377', '\\x615c6200ff'],
      ['', '\\x'],
    ] as const) {
      expect(shown(17, 0, Buffer.from(escaped))).toEqual(shown(17, 0, Buffer.from(hex)));
    }
  });
});

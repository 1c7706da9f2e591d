import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SortedRuns } from '../../../../../src/protocols/ssh/transfers/rsync/sorted-runs.ts';

/** So few keys that many are equal. */
const keys = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\xff'), maxLength: 5 }), {
  minLength: 1_000,
  maxLength: 5_000,
});

test('many values come out in the order of their keys, and equal ones as they came', () => {
  fc.assert(
    fc.property(keys, (given) => {
      const runs = new SortedRuns<number>();
      for (const [at, key] of given.entries()) runs.add(key, at);
      const expected = [...given.keys()].sort((one, other) => {
        const [first = '', second = ''] = [given[one], given[other]];
        return first === second ? one - other : first < second ? -1 : 1;
      });
      expect(runs.all()).toEqual(expected);
    }),
    { numRuns: 20 },
  );
});

test('none come out as none', () => {
  expect(new SortedRuns<number>().all()).toEqual([]);
});

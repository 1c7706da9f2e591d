import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NameTable } from '../../../../src/protocols/postgres/name-table.ts';

const name = fc.constantFrom('', 'a', 'b', '__proto__');
const act = fc.oneof(
  fc.record({ act: fc.constant('set' as const), name, value: fc.nat(9) }),
  fc.record({ act: fc.constant('delete' as const), name, value: fc.nat(9) }),
  fc.record({ act: fc.constant('retain' as const), name, value: fc.nat(9) }),
  fc.record({ act: fc.constant('clear' as const), name, value: fc.nat(9) }),
);

describe('a table of names', () => {
  it('holds what a Map would, the unnamed too', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 30 }), (acts) => {
        const table = new NameTable<number>();
        const model = new Map<string, number>();
        for (const { act, name, value } of acts) {
          if (act === 'set') {
            table.set(name, value);
            model.set(name, value);
          } else if (act === 'delete') {
            table.delete(name);
            model.delete(name);
          } else if (act === 'clear') {
            table.clear();
            model.clear();
          } else {
            table.retain((entry) => entry < value);
            for (const [key, entry] of model) if (entry >= value) model.delete(key);
          }
          expect(table.size).toBe(model.size);
          expect(table.entries().toSorted()).toEqual([...model.values()].toSorted());
          for (const key of ['', 'a', 'b', '__proto__', 'constructor']) {
            expect(table.get(key)).toBe(model.get(key));
            expect(table.has(key)).toBe(model.has(key));
          }
        }
      }),
    );
  });
});

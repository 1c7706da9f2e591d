import fc from 'fast-check';
import { expect, it } from 'vitest';
import { GapBuffer } from '../../src/core/gap-buffer.ts';

const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
const step = fc.oneof(
  fc.record({ do: fc.constant('keep' as const), part: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({
    do: fc.constant('leave' as const),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  fc.record({ do: fc.constant('copy' as const), bytes }),
  fc.record({ do: fc.constant('lay' as const), bytes }),
  fc.record({ do: fc.constant('text' as const), text: fc.string({ unit: 'grapheme' }) }),
  fc.record({ do: fc.constant('int32' as const), value: fc.integer() }),
);

it('holds what was written and kept, in that order, however little room it began with', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 400 }),
      fc.array(step, { maxLength: 40 }),
      (usual, all) => {
        const buffer = new GapBuffer(usual);
        let written = Buffer.alloc(0);
        let ahead = Buffer.alloc(0);
        const write = (more: Buffer) => {
          written = Buffer.concat([written, more]);
        };
        for (const one of all) {
          switch (one.do) {
            case 'keep':
            case 'leave': {
              const count = Math.floor(one.part * ahead.length);
              if (one.do === 'keep') write(ahead.subarray(0, count));
              if (one.do === 'keep') buffer.keep(count);
              else buffer.leaveOut(count);
              ahead = ahead.subarray(count);
              break;
            }
            case 'lay':
              buffer.layAhead(one.bytes, 0, one.bytes.length);
              ahead = Buffer.concat([one.bytes, ahead]);
              break;
            case 'copy':
              buffer.copy(one.bytes, 0, one.bytes.length);
              write(one.bytes);
              break;
            case 'text':
              buffer.utf8(one.text);
              write(Buffer.from(one.text));
              break;
            case 'int32':
              buffer.int32(one.value);
              write(Buffer.from(Int32Array.of(one.value).buffer).swap32());
              break;
          }
          expect(buffer.length).toBe(written.length);
        }
        expect(buffer.written().equals(written)).toBe(true);
      },
    ),
    { numRuns: 500 },
  );
});

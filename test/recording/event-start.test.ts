import fc from 'fast-check';
import { expect, it } from 'vitest';
import { maxEventStart, writeEventStart } from '../../src/recording/event-start.ts';
import { eventLine, lineTail } from '../../src/recording/session-lines.ts';

it('begins a line as eventLine does, and takes no more room than it says', () => {
  const at = fc.oneof(
    fc.double({ min: 0, max: 1e12, noNaN: true }),
    fc.integer({ min: 0, max: 20 }),
  );
  const operation = fc.option(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }));
  fc.assert(
    fc.property(at, operation, fc.nat(9), (ms, number, offset) => {
      const bytes = Buffer.alloc(offset + maxEventStart);
      const end = writeEventStart(bytes, offset, ms, number);
      const line = bytes.toString('latin1', offset, end) + lineTail({ type: 'ended' });
      expect(line).toBe(eventLine(ms, number, { type: 'ended' }));
      expect(end).toBeLessThanOrEqual(bytes.length);
    }),
    { numRuns: 2000 },
  );
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChannelTable } from '../../../../src/protocols/ssh/connection/channel-table.ts';
import { InboundQueue } from '../../../../src/protocols/ssh/connection/inbound.ts';

const step = fc.oneof(
  fc.record({
    kind: fc.constant('data' as const),
    stream: fc.integer({ min: 0, max: 1 }),
    length: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 40_000 })),
  }),
  fc.constant({ kind: 'eof' as const }),
  fc.constant({ kind: 'take' as const }),
);

/** Neighbours of one stream are one: how they were cut does not count. */
function joined(items: readonly string[]): readonly string[] {
  const out: string[] = [];
  for (const item of items) {
    const last = out.at(-1);
    if (last !== undefined && item[0] !== 'e' && last[0] === item[0]) {
      out[out.length - 1] = last + item.slice(1);
    } else {
      out.push(item);
    }
  }
  return out;
}

test('what is put together in the queue stays in order and in its stream', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = new InboundQueue();
      const put: string[] = [];
      const taken: string[] = [];
      let next = 0;
      const take = () => {
        const item = queue.take();
        if (item?.kind === 'data') taken.push(`${item.stream}${item.bytes.toString('latin1')}`);
        else if (item !== null) taken.push('e');
        return item !== null;
      };
      for (const one of steps) {
        if (one.kind === 'take') take();
        else if (one.kind === 'eof') {
          queue.push({ kind: 'eof' });
          put.push('e');
        } else {
          const bytes = Buffer.alloc(one.length, 97 + (next % 26));
          next += 1;
          queue.push({ kind: 'data', stream: one.stream, bytes });
          put.push(`${one.stream}${bytes.toString('latin1')}`);
        }
      }
      while (take());
      expect(joined(taken)).toEqual(joined(put));
      expect(queue.empty).toBe(true);
    }),
  );
});

test('channel numbers are used again, and never twice at the same time', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 20 }), { maxLength: 300 }), (steps) => {
      const table = new ChannelTable<number>();
      const open: number[] = [];
      let most = 0;
      for (const step of steps) {
        if (step < 12 || open.length === 0) {
          const id = table.add(step);
          expect(open).not.toContain(id);
          open.push(id);
        } else {
          const [id] = open.splice(step % open.length, 1);
          if (id !== undefined) table.remove(id);
        }
        most = Math.max(most, open.length);
        expect(Math.max(-1, ...open)).toBeLessThan(most);
      }
    }),
  );
});

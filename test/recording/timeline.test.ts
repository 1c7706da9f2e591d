import { expect, test } from 'vitest';
import { timelineEntry } from '../../src/recording/timeline.ts';

test('an answer that was withheld says why', () => {
  const exchange = {
    ...{ at: 5, type: 'exchange', method: 'GET', path: '/a', status: 200 },
    ...{ requestBytes: 0, responseBytes: 7, tookMs: 3 },
  } as const;
  expect(timelineEntry(exchange).lines).toEqual(['GET /a: 200, 7 bytes, 3 ms']);
  expect(timelineEntry({ ...exchange, withheld: 'it is no JSON' }).lines).toEqual([
    'GET /a: 200, 7 bytes, 3 ms; it is no JSON',
  ]);
});

import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { joinSignals } from '../../src/net/join-signals.ts';

test('aborted with the reason of whichever is first, also where it was so before', () => {
  const [one, other] = [new AbortController(), new AbortController()];
  const joined = joinSignals([one.signal, other.signal]);
  expect(joined.signal.aborted).toBe(false);
  other.abort('second');
  one.abort('first');
  expect(joined.signal.reason).toBe('second');
  expect(joinSignals([one.signal, other.signal]).signal.reason).toBe('first');
});

test('leaves nothing behind in what it was made of', () => {
  const session = new AbortController();
  for (let request = 0; request < 100; request += 1) joinSignals([session.signal]).release();
  expect(getEventListeners(session.signal, 'abort')).toEqual([]);
});

test('is not aborted once it was released', () => {
  const one = new AbortController();
  const joined = joinSignals([one.signal]);
  joined.release();
  one.abort();
  expect(joined.signal.aborted).toBe(false);
});

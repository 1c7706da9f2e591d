import { expect, it } from 'vitest';
import { parseDuration } from '../../src/config/duration.ts';

it.each(['', '1', '1d', '0s', '-1h', '1.5h', '1h30m', ' 1h', '1H', '481h', '9999999999ms', '1e3s'])(
  'refuses %j',
  (text) => {
    expect(parseDuration(text)).toBeNull();
  },
);

it.each([
  ['1h', 3_600_000],
  ['30m', 1_800_000],
  ['90s', 90_000],
  ['500ms', 500],
])('reads %s', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

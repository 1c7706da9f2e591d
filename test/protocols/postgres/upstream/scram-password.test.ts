import { expect, test } from 'vitest';
import { preparePassword } from '../../../../src/protocols/postgres/scram-password.ts';

test.each([
  ['I\u00adX', 'IX'],
  ['user', 'user'],
  ['USER', 'USER'],
  ['\u00aa', 'a'],
  ['\u2168', 'IX'],
  ['a\u00a0b\u3000c', 'a b c'],
])('%j is prepared as %j (RFC 4013, section 3)', (password, prepared) => {
  expect(preparePassword(password)).toBe(prepared);
});

test.each(['\u0007', 'a\u202eb', '\u{e0001}', '\u00ad'])(
  'what is prohibited is used as it is: %j',
  (password) => {
    expect(preparePassword(password)).toBe(password);
  },
);

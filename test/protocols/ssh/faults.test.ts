import { describe, expect, test } from 'vitest';
import { exitCodes } from '../../../src/core/exit-codes.ts';
import { refusalCodes } from '../../../src/core/refusal.ts';
import {
  exitStatusOf,
  openFailureOf,
  refusalLines,
  refusalText,
} from '../../../src/protocols/ssh/faults.ts';

describe('a refusal', () => {
  test.each(refusalCodes)('%s has an exit status that is not success, and a reason', (code) => {
    const refusal = { code, message: 'no' };
    expect(Object.values(exitCodes)).toContain(exitStatusOf(refusal));
    expect(exitStatusOf(refusal)).not.toBe(0);
    expect([1, 2, 4]).toContain(openFailureOf(refusal));
    expect(refusalText(refusal)).toBe(`hoopx: no. Reason ${code}.`);
  });

  test.each([
    ['DENIED_BY_RULE', 77],
    ['UNMATCHED', 77],
    ['NO_ELIGIBLE_REVIEWER', 77],
    ['DENIED_BY_REVIEWER', 80],
    ['CHANGES_REQUESTED', 81],
    ['EXPIRED', 82],
    ['REVOKED', 82],
    ['CANCELLED_BY_OTHER', 82],
    ['CANCELLED_BY_REQUESTER', 130],
    ['UPSTREAM_UNREACHABLE', 69],
    ['LOGIN_EXPIRED', 4],
  ] as const)('%s ends a command with %i', (code, status) => {
    expect(exitStatusOf({ code, message: '' })).toBe(status);
  });

  test('pitfall 38: cannot draw on the terminal', () => {
    const message = 'no\x1b[2J\r\nroot@prod# \u202e';
    const lines = refusalLines({ code: 'DENIED_BY_RULE', message, rules: ['\x07'] });
    expect(lines.join('')).not.toMatch(/\p{Cc}|\u202e/u);
    expect(lines.every((line) => line.startsWith('hoopx: '))).toBe(true);
  });
});

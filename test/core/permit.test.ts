import { expect, it } from 'vitest';
import { Permit } from '../../src/core/permit.ts';

const sink = { succeeded: async () => {}, failed: async () => {}, unknown: async () => {} };

it('throws when it is spent a second time', () => {
  const permit = new Permit(1, 'req_1', sink);
  expect(permit.spend()).toBe(sink);
  expect(() => permit.spend()).toThrow('used once');
});

it('is passed on once, and then is the one right to run that there is', () => {
  const permit = new Permit(1, 'req_1', sink);
  const spent: unknown[] = [];
  const passed = permit.passOn((inner) => {
    spent.push(inner);
    return { ...inner };
  });
  expect(() => permit.spend()).toThrow('used once');
  expect(() => permit.passOn((inner) => inner)).toThrow('used once');
  expect(spent).toEqual([]);
  expect([passed.number, passed.requestId, passed.followed]).toEqual([1, 'req_1', true]);
  expect(passed.spend()).toEqual(sink);
  expect(spent).toEqual([sink]);
  expect(() => passed.spend()).toThrow('used once');
});

it('is followed where it was asked for, or passed on to somebody who watches', () => {
  expect(new Permit(1, null, sink).followed).toBe(false);
  expect(new Permit(1, 'req_1', sink).followed).toBe(true);
  expect(new Permit(1, null, sink).passOn((inner) => inner).followed).toBe(true);
});

it('shows its request and hides the way to run', () => {
  expect(JSON.stringify(new Permit(1, 'req_1', sink))).toBe('{"number":1,"requestId":"req_1"}');
});

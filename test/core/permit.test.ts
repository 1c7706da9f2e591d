import { expect, it } from 'vitest';
import { Permit } from '../../src/core/permit.ts';

const sink = { succeeded: async () => {}, failed: async () => {}, unknown: async () => {} };

it('throws when it is spent a second time', () => {
  const permit = new Permit(1, 'req_1', sink);
  expect(permit.spend()).toBe(sink);
  expect(() => permit.spend()).toThrow('used once');
});

it('shows its request and hides the way to run', () => {
  expect(JSON.stringify(new Permit(1, 'req_1', sink))).toBe('{"number":1,"requestId":"req_1"}');
});

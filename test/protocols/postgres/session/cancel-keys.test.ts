import { describe, expect, it } from 'vitest';
import { CancelKeys } from '../../../../src/protocols/postgres/cancel-keys.ts';

describe('pitfall 5: cancel keys', () => {
  it('do nothing for another principal, for a part of the key, and after the session', () => {
    const keys = new CancelKeys();
    let cancelled = 0;
    const cancel = () => {
      cancelled += 1;
    };
    const { key, release } = keys.register({ principalKey: 'ann', cancel });
    keys.cancel(key, 'bob');
    keys.cancel({ ...key, pid: key.pid + 1 }, 'ann');
    keys.cancel({ ...key, secret: key.secret.subarray(0, 3) }, 'ann');
    keys.cancel({ ...key, secret: Buffer.concat([key.secret, Buffer.of(0)]) }, 'ann');
    expect(cancelled).toBe(0);
    keys.cancel(key, 'ann');
    expect(cancelled).toBe(1);
    release();
    keys.cancel(key, 'ann');
    expect(cancelled).toBe(1);
  });

  it('are of our own making, and never the same for two sessions', () => {
    const keys = new CancelKeys();
    const made = Array.from({ length: 1000 }, () => {
      const { key } = keys.register({ principalKey: 'ann', cancel: () => {} });
      return `${key.pid}:${key.secret.toString('hex')}`;
    });
    expect(new Set(made).size).toBe(1000);
  });
});

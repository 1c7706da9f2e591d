import ssh2 from 'ssh2';
import { expect, test } from 'vitest';
import { createHostKey } from '../../../src/protocols/ssh/host-key.ts';

test('every host key that is made can be read', () => {
  for (let made = 0; made < 1_000; made += 1) {
    const key = ssh2.utils.parseKey(createHostKey().private.reveal());
    expect(key).not.toBeInstanceOf(Error);
  }
});

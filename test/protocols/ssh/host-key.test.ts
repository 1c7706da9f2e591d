import ssh2 from 'ssh2';
import { expect, test } from 'vitest';
import { createHostKey } from '../../../src/protocols/ssh/host-key.ts';

test('every host key can be used, those too whose public half begins with a zero', () => {
  for (let n = 0; n < 1500; n += 1) {
    const key = createHostKey();
    const read = ssh2.utils.parseKey(key.private.reveal());
    if (read instanceof Error) throw read;
    expect(key.public).toBe(`ssh-ed25519 ${read.getPublicSSH().toString('base64')}`);
  }
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '../../../peers/require-peer.ts';
import { type SshdPeer, startSshd } from '../../../peers/sshd.ts';
import { startGated } from './gated.ts';

describeWith(['sshd', 'ssh', 'ssh-keygen'], 'exec', () => {
  let peer: SshdPeer;

  beforeAll(async () => {
    peer = await startSshd();
  });
  afterAll(() => peer.stop());

  test('a denied command ends with 77 and says why', async () => {
    await using gated = await startGated(peer);
    const { code, stderr, stdout } = await gated.ssh('target', 'reboot').ended;
    expect(stderr).toContain('no reboots here');
    expect(stdout.toString()).toBe('');
    expect(code).toBe(77);
  });

  test('an allowed command runs', async () => {
    await using gated = await startGated(peer);
    const { code, stderr, stdout } = await gated.ssh('target', 'echo hello; exit 3').ended;
    expect({ code, stderr, stdout: stdout.toString() }).toEqual({
      code: 3,
      stderr: '',
      stdout: 'hello\n',
    });
  });
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '../../../peers/require-peer.ts';
import { type SshdPeer, startSshd } from '../../../peers/sshd.ts';
import { pause, startGated } from './gated.ts';
import { startMaster } from './master.ts';

describeWith(['sshd', 'ssh', 'ssh-keygen'], 'channels', () => {
  let peer: SshdPeer;

  beforeAll(async () => {
    peer = await startSshd();
  });
  afterAll(() => peer.stop());

  test('a shell is held as a whole, and then is the one of the server', async () => {
    await using gated = await startGated(peer);
    const client = gated.ssh('-tt', 'target');
    const { presentation, summary } = await gated.held();
    expect(summary).toBe('open a shell');
    expect(presentation.notes.join()).toContain('approves everything that is typed');
    expect(presentation.inputNotReviewed).toBe('everything that is typed');
    await gated.approve();
    client.child.stdin?.write('echo "sum: $((20 + 22))"; exit 5\r');
    const { code, stdout } = await client.ended;
    expect(stdout.toString()).toContain('sum: 42');
    expect(code).toBe(5);
    expect((await gated.reached('failed')).outcome?.targetCode).toBe('exit 5');
  });

  test('a shell without a terminal is one too', async () => {
    await using gated = await startGated(peer);
    const client = gated.ssh('-T', 'target');
    client.child.stdin?.end('echo typed early\n');
    expect((await gated.held()).summary).toBe('open a shell without a terminal');
    await gated.approve();
    const { code, stdout } = await client.ended;
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 0, stdout: 'typed early\n' });
  });

  test('a subsystem that is not listed is off, and says so', async () => {
    await using gated = await startGated(peer);
    const { code, stderr } = await gated.ssh('-s', 'target', 'echo').ended;
    expect(stderr).toContain('the subsystem "echo" is off for this connection');
    expect(code).toBe(77);
  });

  test('a listed subsystem is decided', async () => {
    await using gated = await startGated(peer, {
      target: { subsystems: ['echo'] },
      rules: [{ name: 'review', ssh: { kind: ['subsystem'] }, then: 'review', chain: 'ops' }],
    });
    const client = gated.ssh('-s', 'target', 'echo');
    client.child.stdin?.end('through the subsystem');
    expect((await gated.held()).summary).toBe('start the subsystem echo');
    await gated.approve();
    expect((await client.ended).stdout.toString()).toBe('through the subsystem');
  });

  test('several in one connection are each decided by themselves, and do not wait for each other', async () => {
    await using gated = await startGated(peer);
    const master = await startMaster(gated);
    const held = gated.ssh(...master.options, 'target', 'sleep 0; echo held');
    await gated.held();
    const [allowed, denied] = await Promise.all([
      gated.ssh(...master.options, 'target', 'echo allowed').ended,
      gated.ssh(...master.options, 'target', 'reboot').ended,
    ]);
    expect(allowed.stdout.toString()).toBe('allowed\n');
    expect(denied.code).toBe(77);
    expect(held.child.exitCode).toBe(null);
    await gated.approve();
    expect((await held.ended).stdout.toString()).toBe('held\n');
    expect(gated.sessions()).toBe(1);
    await master.end();
  });

  test('a channel that is closed while held is cancelled; its connection stays', async () => {
    await using gated = await startGated(peer);
    const master = await startMaster(gated);
    const held = gated.ssh(...master.options, 'target', 'touch /tmp/never');
    await held.said('held for approval');
    held.child.kill('SIGTERM');
    await gated.reached('cancelled');
    expect((await gated.ssh(...master.options, 'target', 'true').ended).code).toBe(0);
    await master.end();
  });

  test('more than are let in at the same time are refused', async () => {
    await using gated = await startGated(peer, { limits: { maxChannels: 2 } });
    const master = await startMaster(gated);
    const others = [1, 2].map(() => gated.ssh(...master.options, 'target', 'cat'));
    await pause(300);
    const { stderr } = await gated.ssh(...master.options, 'target', 'true').ended;
    expect(stderr).toContain('Session open refused by peer');
    for (const { child } of others) child.stdin?.end();
    await Promise.all(others.map(({ ended }) => ended));
    await master.end();
  });
});

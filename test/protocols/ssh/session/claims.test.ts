import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '../../../peers/require-peer.ts';
import { type SshdPeer, startSshd } from '../../../peers/sshd.ts';
import { pause, startGated } from './gated.ts';

describeWith(['sshd', 'ssh', 'ssh-keygen'], 'a claimable command', () => {
  let peer: SshdPeer;

  beforeAll(async () => {
    peer = await startSshd();
  });
  afterAll(() => peer.stop());

  test('outlives its client, and runs once when it is asked for again', async () => {
    await using gated = await startGated(peer, { mode: 'claimable' });
    const file = path.join(peer.folder, 'claimed');
    const first = gated.ssh('-n', 'target', `touch ${file}`);
    const request = await gated.held();
    expect(request.mode).toBe('claimable');
    first.child.kill('SIGKILL');
    while (gated.sessions() > 0) await pause();
    await gated.approve(request);
    expect(existsSync(file)).toBe(false);
    expect((await gated.ssh('-n', 'target', `touch ${file}`).ended).code).toBe(0);
    expect(existsSync(file)).toBe(true);
    expect((await gated.reached('succeeded')).id).toBe(request.id);
  });

  test('has all its input in the digest: other input is another request', async () => {
    await using gated = await startGated(peer, { mode: 'claimable' });
    const run = (input: string) => {
      const client = gated.ssh('target', 'tee /dev/null');
      client.child.stdin?.end(input);
      return client;
    };
    const first = run('one');
    const request = await gated.held();
    expect(request.presentation.inputNotReviewed).toBe(null);
    expect(request.presentation.notes.join()).toContain('input: 3 bytes, sha256 ');
    expect(request.presentation.notes).toContain('input: one');
    first.child.kill('SIGKILL');
    while (gated.sessions() > 0) await pause();
    await gated.approve(request);
    const other = run('two');
    expect((await gated.held()).digest).not.toBe(request.digest);
    other.child.kill('SIGKILL');
    expect((await run('one').ended).stdout.toString()).toBe('one');
  });

  test('with more input than can be reviewed is refused', async () => {
    await using gated = await startGated(peer, {
      mode: 'claimable',
      limits: { maxReviewedInputBytes: 1000 },
    });
    const client = gated.ssh('target', 'tee /dev/null');
    client.child.stdin?.end('x'.repeat(1001));
    const { code, stderr } = await client.ended;
    expect(stderr).toContain('the input of the command is longer than 1000 bytes');
    expect(code).toBe(1);
  });

  test('whose input does not end is refused', async () => {
    await using gated = await startGated(peer, { mode: 'claimable', limits: { inputTimeMs: 200 } });
    const { code, stderr } = await gated.ssh('target', 'tee /dev/null').ended;
    expect(stderr).toContain('did not end within 0.2 s');
    expect(code).toBe(1);
  });

  test('in a terminal is live', async () => {
    await using gated = await startGated(peer, { mode: 'claimable' });
    const client = gated.ssh('-tt', 'target', 'touch /dev/null');
    expect((await gated.held()).mode).toBe('live');
    client.child.kill('SIGKILL');
    await gated.reached('cancelled');
  });
});

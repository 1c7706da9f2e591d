import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '../../../peers/require-peer.ts';
import { type SshdPeer, startSshd } from '../../../peers/sshd.ts';
import { type Gated, pause, startGated } from './gated.ts';

describeWith(['sshd', 'ssh', 'ssh-keygen'], 'a command', () => {
  let peer: SshdPeer;
  let files = 0;

  beforeAll(async () => {
    peer = await startSshd();
  });
  afterAll(() => peer.stop());

  function newFile(): string {
    files += 1;
    return path.join(peer.folder, `made-${files}`);
  }

  test('that a rule denies ends with 77 and says why', async () => {
    await using gated = await startGated(peer);
    const { code, stderr, stdout } = await gated.ssh('target', 'reboot').ended;
    expect(stderr).toBe(
      'hoopx: no reboots here\nhoopx: Rule "no reboots". Reason DENIED_BY_RULE.\n',
    );
    expect(stdout.toString()).toBe('');
    expect(code).toBe(77);
  });

  test('that no rule covers ends with 77', async () => {
    await using gated = await startGated(peer);
    const { code, stderr } = await gated.ssh('target', 'unheard-of').ended;
    expect(stderr).toContain('Reason UNMATCHED');
    expect(code).toBe(77);
  });

  test('that a reviewer denies ends with 80, says why, and never ran', async () => {
    await using gated = await startGated(peer);
    const file = newFile();
    const client = gated.ssh('target', `touch ${file}`);
    await client.said('held for approval (req_1)');
    await gated.deny('not on a Friday');
    const { code, stderr } = await client.ended;
    expect(stderr).toContain('not on a Friday');
    expect(stderr).toContain('hoopx approve req_1');
    expect(code).toBe(80);
    expect(existsSync(file)).toBe(false);
  });

  test('pitfall 16: does nothing at the server before it is approved', async () => {
    await using gated = await startGated(peer);
    const before = peer.started();
    const file = newFile();
    const client = gated.ssh('target', `touch ${file}`);
    await gated.held();
    await pause(200);
    expect(existsSync(file)).toBe(false);
    expect(peer.started()).toBe(before);
    await gated.approve();
    const { code, stdout } = await client.ended;
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 0, stdout: '' });
    expect(existsSync(file)).toBe(true);
    expect(peer.started()).toBe(before + 1);
    expect((await gated.reached('succeeded')).outcome).toEqual({
      message: null,
      targetCode: null,
      rowCount: null,
    });
  });

  test('that is allowed passes output, standard error and exit status on', async () => {
    await using gated = await startGated(peer);
    const { code, stderr, stdout } = await gated.ssh('target', 'echo out; echo err >&2; exit 3')
      .ended;
    expect({ code, stderr, stdout: stdout.toString() }).toEqual({
      code: 3,
      stderr: 'err\n',
      stdout: 'out\n',
    });
  });

  test('that fails is recorded with its exit status', async () => {
    await using gated = await startGated(peer);
    const client = gated.ssh('target', 'touch /nowhere/at/all');
    await gated.approve();
    expect((await client.ended).code).toBe(1);
    expect((await gated.reached('failed')).outcome?.targetCode).toBe('exit 1');
  });

  test('that a signal ends passes that on', async () => {
    await using gated = await startGated(peer);
    const client = gated.ssh('target', 'kill -TERM $$');
    await gated.approve();
    const { code, stderr } = await client.ended;
    expect(code).toBe(255);
    expect(stderr).not.toContain('server closed');
    expect((await gated.reached('failed')).outcome?.targetCode).toBe('signal TERM');
  });

  test('held and interrupted is cancelled, and nobody can approve it any more', async () => {
    await using gated = await startGated(peer);
    const file = newFile();
    const client = gated.ssh('target', `touch ${file}`);
    await client.said('held for approval');
    client.child.kill('SIGINT');
    await client.ended;
    await gated.reached('cancelled');
    expect(existsSync(file)).toBe(false);
  });

  test('held in a terminal is cancelled by Ctrl-C, with 130', async () => {
    await using gated = await startGated(peer);
    const client = gated.ssh('-tt', 'target', 'touch /tmp/never');
    await client.said('held for approval');
    expect(client.stderr()).toContain('hoopx: held for approval (req_1)\r\nhoopx: ');
    client.child.stdin?.write('\x03');
    const { code, stderr } = await client.ended;
    expect(stderr).toContain('cancelled by the requester');
    expect(code).toBe(130);
    await gated.reached('cancelled');
  });

  test('reminds of the request while it is held', async () => {
    await using gated = await startGated(peer, { reminderMs: 100 });
    const client = gated.ssh('target', 'touch /tmp/never');
    await client.said('still held for approval (req_1)');
    client.child.kill();
    await gated.reached('cancelled');
  });

  test.each([
    ['-n', ['-n']],
    ['</dev/null', []],
  ])('without input (%s) is answered, held and run', async (_name, flags) => {
    await using gated = await startGated(peer);
    const client = gated.ssh(...flags, 'target', 'touch /dev/null; echo done');
    if (flags.length === 0) client.child.stdin?.end();
    const request = await gated.held();
    expect(request.presentation.inputNotReviewed).toBe(null);
    await gated.approve(request);
    const { code, stdout } = await client.ended;
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 0, stdout: 'done\n' });
  });

  test('pitfall 18: early input is kept, in order, with its end', async () => {
    await using gated = await startGated(peer);
    const client = gated.ssh('target', 'tee /dev/null');
    const lines = Array.from({ length: 50_000 }, (_, n) => `line ${n}\n`).join('');
    client.child.stdin?.end(lines);
    const request = await gated.held();
    expect(request.presentation.inputNotReviewed).toBe('standard input');
    await pause(300);
    await gated.approve(request);
    const { code, stdout } = await client.ended;
    expect(code).toBe(0);
    expect(stdout.toString() === lines).toBe(true);
  });

  test('shows the reviewer its exact text, its tree and what is set around it', async () => {
    await using gated = await startGated(peer, { target: { environment: ['LC_*'] } });
    const client = gated.ssh('-tt', '-o', 'SetEnv=LC_X=1 OTHER=2', 'target', 'touch a && echo b');
    const { presentation, summary, protocol, upstreamUser } = await gated.held();
    expect({ protocol, upstreamUser, summary }).toEqual({
      protocol: 'ssh',
      upstreamUser: peer.user,
      summary: 'touch a && echo b',
    });
    expect(presentation.statement).toBe('touch a && echo b');
    expect(presentation.outline.length).toBeGreaterThan(1);
    expect(presentation.notes).toContain('sets LC_X=1');
    expect(presentation.notes.join()).not.toContain('OTHER');
    expect(presentation.notes.join()).toContain('has a terminal, TERM=');
    client.child.kill();
    await gated.reached('cancelled');
  });

  test('gets its terminal, its size and the variables that are let through', async () => {
    await using gated = await startGated(peer, { target: { environment: ['LC_*', 'HOOPX_*'] } });
    const set = 'SetEnv=LC_X=one HOOPX_Y=two OTHER=3';
    const client = gated.ssh('-tt', '-o', set, 'target', 'tty; printenv LC_X HOOPX_Y OTHER');
    await gated.approve();
    const { stdout, code } = await client.ended;
    expect(stdout.toString()).toMatch(/^\/dev\/pts\/\d+\r\none\r\ntwo\r\n$/);
    expect(code).toBe(1);
  });

  test('loses its client while it is held: cancelled', async () => {
    await using gated = await startGated(peer);
    const client = gated.ssh('target', 'touch /tmp/never');
    await gated.held();
    client.child.kill('SIGKILL');
    await gated.reached('cancelled');
    await noSession(gated);
  });
});

async function noSession(gated: Gated): Promise<void> {
  while (gated.sessions() > 0) await pause();
}

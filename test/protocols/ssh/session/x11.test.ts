import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RuleSpec } from '../../../../src/core/rules.ts';
import { describeWith, type PeerName } from '../../../peers/require-peer.ts';
import { type SshdPeer, startSshd } from '../../../peers/sshd.ts';
import { type Gated, startGated, start as startProgram } from './gated.ts';

const cookie = 'feedc0de'.repeat(4);
const commands: RuleSpec = {
  name: 'commands pass',
  ssh: { kind: ['exec'], commands: ['xdpyinfo', 'echo'] },
  then: 'allow',
};
const reviewed: RuleSpec = {
  name: 'commands are reviewed',
  ssh: { kind: ['exec'] },
  then: 'review',
  chain: 'ops',
};
const lent: RuleSpec = { name: 'displays', ssh: { kind: ['x11_forwarding'] }, then: 'allow' };
const on = { x11: true };
const peers: readonly PeerName[] = ['sshd', 'ssh', 'ssh-keygen', 'Xvfb', 'xauth', 'xdpyinfo'];

describeWith(peers, 'X11 forwarding', () => {
  let peer: SshdPeer;
  let folder: string;
  let server: ChildProcess;
  let environment: readonly string[];

  beforeAll(async () => {
    peer = await startSshd({ config: ['X11Forwarding yes'] });
    folder = await mkdtemp(path.join(tmpdir(), 'hoopx-x11-'));
    const authority = path.join(folder, 'authority');
    const authorize = (display: string) =>
      execFileSync('xauth', ['-q', '-f', authority, 'add', display, '.', cookie]);
    authorize(':0');
    const args = ['-auth', authority, '-nolisten', 'tcp', '-screen', '0', '648x486x24'];
    server = spawn('Xvfb', ['-displayfd', '3', ...args], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    const said = server.stdio[3];
    if (said === null || said === undefined) throw new Error('no pipe');
    const [display] = await once(said, 'data');
    authorize(`:${String(display).trim()}`);
    environment = [`DISPLAY=:${String(display).trim()}`, `XAUTHORITY=${authority}`];
  });
  afterAll(async () => {
    server.kill();
    await peer.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** OpenSSH's client, of a user with a display. */
  const ssh = (gated: Gated, ...args: readonly string[]) =>
    startProgram('env', [...environment, 'ssh', ...gated.options, '-l', 'hoopx', ...args]);

  test('that the configuration does not have is refused, and the command runs without', async () => {
    await using gated = await startGated(peer, { rules: [commands, lent] });
    const { code, stdout, stderr } = await ssh(gated, '-Y', 'target', 'echo "to:$DISPLAY"').ended;
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 0, stdout: 'to:\n' });
    expect(stderr).toContain('X11 forwarding request failed');
    expect(stderr).toContain('your X11 display is not forwarded: it is off for this connection');
  });

  test('that no rule lends is left out', async () => {
    await using gated = await startGated(peer, { rules: [commands], target: on });
    const { code, stdout, stderr } = await ssh(gated, '-Y', 'target', 'echo "to:$DISPLAY"').ended;
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 0, stdout: 'to:\n' });
    expect(stderr).toContain('hoopx: your X11 display is not forwarded: ');
    expect(stderr).toContain('UNMATCHED');
  });

  test.each(['-X', '-Y'])('by %s that rules allow reaches the display', async (option) => {
    await using gated = await startGated(peer, { rules: [commands, lent], target: on });
    const { code, stdout, stderr } = await ssh(gated, option, 'target', 'xdpyinfo').ended;
    expect(code).toBe(0);
    expect(stderr).not.toContain('not forwarded');
    expect(stdout.toString()).toMatch(/name of display: +localhost:\d+\.0/);
    expect(stdout.toString()).toMatch(/dimensions: +648x486 pixels/);
  });

  test('that is held with its command says so, and keeps no cookie', async () => {
    await using gated = await startGated(peer, { rules: [reviewed, lent], target: on });
    const client = ssh(gated, '-Y', 'target', 'xdpyinfo');
    const request = await gated.held();
    expect(request.summary).toBe('xdpyinfo (lends the X11 display)');
    expect(request.presentation.notes[0]).toContain('X11 display (MIT-MAGIC-COOKIE-1, screen 0)');
    expect(JSON.stringify({ ...request, digest: '' })).not.toMatch(/[0-9a-f]{32}/);
    await gated.approve();
    expect((await client.ended).stdout.toString()).toContain('648x486');
    await gated.reached('succeeded');
  });
});

describeWith(peers, 'X11 forwarding to a server without it', () => {
  test('is told, and the command runs without', async () => {
    const peer = await startSshd({ config: ['X11Forwarding no'] });
    try {
      await using gated = await startGated(peer, { rules: [commands, lent], target: on });
      const client = startProgram('env', [
        ...['DISPLAY=:0', 'ssh', ...gated.options, '-Y', 'target', 'echo "to:$DISPLAY"'],
      ]);
      const { code, stdout, stderr } = await client.ended;
      expect({ code, stdout: stdout.toString() }).toEqual({ code: 0, stdout: 'to:\n' });
      expect(stderr).toContain('your X11 display is not forwarded: the server does not take it');
    } finally {
      await peer.stop();
    }
  });
});

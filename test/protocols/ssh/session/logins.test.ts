import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Secret } from '../../../../src/core/secret.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { type SshdPeer, startSshd } from '../../../peers/sshd.ts';
import { pause, start, startGated } from './gated.ts';

const algorithms = { kex: [], ciphers: [], macs: [], hostKeys: [] };

describeWith(['sshd', 'ssh', 'ssh-keygen'], 'the login at the server', () => {
  let peer: SshdPeer;

  beforeAll(async () => {
    peer = await startSshd();
  });
  afterAll(() => peer.stop());

  test.each([
    ['a cipher', ['Ciphers aes128-cbc']],
    ['a MAC', ['Ciphers aes128-ctr', 'MACs hmac-sha1']],
    ['a key exchange', ['KexAlgorithms diffie-hellman-group14-sha1']],
  ])('refuses a server that has only %s of old', async (_what, config) => {
    const old = await startSshd({ config });
    await using gated = await startGated(old);
    const { stderr } = await gated.ssh('target', 'true').ended;
    expect(stderr).toContain('UPSTREAM_UNREACHABLE');
    expect(stderr).toMatch(/no matching/);
    await old.stop();
  });

  test('takes an old algorithm where the configuration names it', async () => {
    const old = await startSshd({ config: ['Ciphers aes128-cbc'] });
    await using gated = await startGated(old, {
      target: { algorithms: { ...algorithms, ciphers: ['aes128-cbc'] } },
    });
    expect((await gated.ssh('target', 'true').ended).code).toBe(0);
    await old.stop();
  });

  test('names an algorithm that it does not know', async () => {
    await using gated = await startGated(peer, {
      target: { algorithms: { ...algorithms, kex: ['rot13'] } },
    });
    expect((await gated.ssh('target', 'true').ended).stderr).toContain('"rot13"');
  });

  test('refuses a key that it cannot read, without showing it', async () => {
    await using gated = await startGated(peer, { target: { key: new Secret('not a key') } });
    const { stderr } = await gated.ssh('target', 'true').ended;
    expect(stderr).toContain('UPSTREAM_REFUSED_LOGIN');
    expect(stderr).not.toContain('not a key');
  });

  test('opens with an agent', async () => {
    const socket = path.join(peer.folder, 'agent');
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
    while (!existsSync(socket)) await pause();
    const env = { ...process.env, SSH_AUTH_SOCK: socket };
    await once(spawn('ssh-add', ['-q', peer.keyFile], { env }), 'exit');
    await using gated = await startGated(peer, { target: { key: null, agent: socket } });
    expect((await gated.ssh('target', 'echo by agent').ended).stdout.toString()).toBe('by agent\n');
    agent.kill();
  });

  test('says that the agent is not there', async () => {
    await using gated = await startGated(peer, { target: { key: null, agent: '/nowhere' } });
    expect((await gated.ssh('target', 'true').ended).stderr).toContain('UPSTREAM_REFUSED_LOGIN');
  });

  test('a client that has only old algorithms is told so by its own', async () => {
    await using gated = await startGated(peer);
    const { stderr } = await start('ssh', ['-o', 'Ciphers=aes128-cbc', ...gated.options, 'target'])
      .ended;
    expect(stderr).toContain('no matching cipher found');
    expect(gated.failures).toEqual([]);
  });
});

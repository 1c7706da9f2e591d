import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RefusedError } from '../../../../src/core/refusal.ts';
import { Secret } from '../../../../src/core/secret.ts';
import { freePort } from '../../../peers/free-port.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { type SshdPeer, startSshd } from '../../../peers/sshd.ts';
import { type Gated, pause, startGated } from './gated.ts';

describeWith(['sshd', 'ssh', 'ssh-keygen'], 'a session', () => {
  let peer: SshdPeer;

  beforeAll(async () => {
    peer = await startSshd();
  });
  afterAll(() => peer.stop());

  test('that is not admitted says why, and ends', async () => {
    await using gated = await startGated(peer, {
      admission: {
        kind: 'refused',
        refusal: { code: 'ACCESS_DENIED', message: 'you may not use ssh-test', hint: 'Ask ann.' },
      },
    });
    const { code, stderr } = await gated.ssh('target').ended;
    expect(stderr).toContain('hoopx: you may not use ssh-test\r\n');
    expect(stderr).toContain('hoopx: Ask ann.');
    expect(code).toBe(255);
  });

  test('for another user than those of the connection is refused', async () => {
    await using gated = await startGated(peer);
    const { code, stderr } = await gated.ssh('-l', 'mallory', 'target').ended;
    expect(stderr).toContain('does not log in as "mallory"');
    expect(code).toBe(255);
  });

  test('with a server that is not there says where it was looked for', async () => {
    const port = await freePort();
    await using gated = await startGated(peer, { target: { port } });
    const { code, stderr } = await gated.ssh('target', 'true').ended;
    expect(stderr).toContain(`no SSH server answers at 127.0.0.1, port ${port}`);
    expect(stderr).toContain('UPSTREAM_UNREACHABLE');
    expect(code).toBe(255);
  });

  test('with a server that says nothing ends in time', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await pause(50);
    const address = silent.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    await using gated = await startGated(peer, { target: { port }, limits: { loginMs: 500 } });
    const { code, stderr } = await gated.ssh('target', 'true').ended;
    expect(stderr).toContain('the server did not let us in within 0.5 s');
    expect(code).toBe(255);
    silent.close();
  });

  test('with another host key is refused, and both fingerprints are named', async () => {
    const before = logins(peer);
    const known = `SHA256:${'A'.repeat(43)}`;
    await using gated = await startGated(peer, {
      target: { hostKey: { kind: 'fingerprints', fingerprints: [known] } },
    });
    const { code, stderr } = await gated.ssh('target', 'true').ended;
    expect(stderr).toContain('UPSTREAM_UNTRUSTED');
    expect(stderr).toContain(known);
    expect(stderr).toContain(peer.fingerprint);
    expect(code).toBe(255);
    expect(logins(peer)).toBe(before);
  });

  test('without any known host key is refused: nothing is trusted on first use', async () => {
    const before = logins(peer);
    await using gated = await startGated(peer, {
      target: { hostKey: { kind: 'known_hosts', text: '' } },
    });
    const { stderr } = await gated.ssh('target', 'true').ended;
    expect(stderr).toContain('no key of it is known');
    expect(logins(peer)).toBe(before);
  });

  test('with a key that the server does not take says so', async () => {
    const other = await startSshd();
    await using gated = await startGated(peer, { target: { key: new Secret(other.key) } });
    const { stderr } = await gated.ssh('target', 'true').ended;
    expect(stderr).toContain('UPSTREAM_REFUSED_LOGIN');
    expect(stderr).not.toContain('BEGIN OPENSSH');
    await other.stop();
  });

  test('by known_hosts runs', async () => {
    const text = `[127.0.0.1]:${peer.port} ${peer.hostKey}\n`;
    await using gated = await startGated(peer, {
      target: { hostKey: { kind: 'known_hosts', text } },
    });
    expect((await gated.ssh('target', 'true').ended).code).toBe(0);
  });

  test('goes through a jump host, whose key is checked too', async () => {
    const hop = await startSshd();
    const jump = {
      ...{ host: hop.host, port: hop.port, user: hop.user, key: new Secret(hop.key) },
      ...{ passphrase: null, password: null, agent: null },
    };
    const { fingerprint } = hop;
    {
      await using gated = await startGated(peer, {
        target: {
          jump: { ...jump, hostKey: { kind: 'fingerprints', fingerprints: [fingerprint] } },
        },
      });
      const { code, stdout, stderr } = await gated.ssh('target', 'echo through').ended;
      expect({ code, stdout: stdout.toString(), stderr }).toEqual({
        code: 0,
        stdout: 'through\n',
        stderr: '',
      });
    }
    {
      await using gated = await startGated(peer, {
        target: { jump: { ...jump, hostKey: { kind: 'known_hosts', text: '' } } },
      });
      const { stderr } = await gated.ssh('target', 'true').ended;
      expect(stderr).toContain(fingerprint);
      expect(stderr).toContain('UPSTREAM_UNTRUSTED');
    }
    await hop.stop();
  });

  test('that is killed tells the terminal why, within a second', async () => {
    await using gated = await startGated(peer);
    const client = gated.ssh('target', 'sleep 60');
    await gated.approve();
    await gated.reached('running');
    const before = Date.now();
    gated.ending.abort(
      new RefusedError({ code: 'SESSION_KILLED', message: 'ann has ended this session' }),
    );
    const { code, stderr } = await client.ended;
    expect(Date.now() - before).toBeLessThan(1_500);
    expect(stderr).toContain('hoopx: ann has ended this session');
    expect(code).toBe(84);
    expect((await gated.reached('unknown')).outcome?.message).toContain('ended before');
  });

  test('that is killed while held says so, and nothing runs', async () => {
    await using gated = await startGated(peer);
    const file = path.join(peer.folder, 'killed-while-held');
    const client = gated.ssh('target', `touch ${file}`);
    await gated.held();
    gated.ending.abort(new RefusedError({ code: 'LOGIN_EXPIRED', message: 'the login expired' }));
    const { code, stderr } = await client.ended;
    expect(stderr).toContain('the login expired');
    expect(code).toBe(4);
    await gated.reached('cancelled');
    expect(existsSync(file)).toBe(false);
  });

  test('that loses its server in the middle says so, and the outcome is unknown', async () => {
    const doomed = await startSshd();
    await using gated = await startGated(doomed);
    const client = gated.ssh('target', 'sleep 60');
    await gated.approve();
    await gated.reached('running');
    await pause(200);
    doomed.killSessions();
    const { code, stderr } = await client.ended;
    expect(stderr).toContain('hoopx: the server closed the connection');
    expect(code).toBe(84);
    await gated.reached('unknown');
    await doomed.stop();
  });

  test('of a client that vanishes in the middle is over, at the server too', async () => {
    await using gated = await startGated(peer);
    const client = gated.ssh('-tt', 'target', 'sleep 600');
    await gated.approve();
    await gated.reached('running');
    await pause(200);
    client.child.kill('SIGKILL');
    await gated.reached('unknown');
    while (gated.sessions() > 0) await pause();
    expect(gated.failures).toEqual([]);
  });

  test('that drains takes no more channels, and ends when nothing runs', async () => {
    await using gated = await startGated(peer);
    const client = gated.ssh('target', 'sleep 1; echo done');
    await gated.approve();
    await gated.reached('running');
    await pause(100);
    gated.draining.abort(
      new RefusedError({ code: 'GATEWAY_STOPPING', message: 'the gateway is stopping' }),
    );
    const { code, stdout } = await client.ended;
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 0, stdout: 'done\n' });
    const late = await gated.ssh('target', 'true').ended;
    expect(late.code).not.toBe(0);
    expect(late.stderr).toContain('the gateway is stopping');
  });

  test('that drains ends what is only held', async () => {
    await using gated = await startGated(peer);
    const client = gated.ssh('target', 'touch /tmp/never');
    await gated.held();
    gated.draining.abort(
      new RefusedError({ code: 'GATEWAY_STOPPING', message: 'the gateway is stopping' }),
    );
    expect((await client.ended).stderr).toContain('the gateway is stopping');
    await gated.reached('cancelled');
    await ended(gated);
  });
});

async function ended(gated: Gated): Promise<void> {
  while (gated.sessions() > 0) await pause();
}

function logins(peer: SshdPeer): number {
  return peer.log().split('Accepted').length - 1;
}

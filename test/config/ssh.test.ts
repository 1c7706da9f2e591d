import { describe, expect, it } from 'vitest';
import { loadGatewayConfig } from '../../src/config/load-gateway-config.ts';
import { fileOf, sampleWith } from './gateway-files.ts';

const first = 'connections:\n';
const fingerprint = `SHA256:${'a'.repeat(43)}`;

function written(keys: string): string {
  return sampleWith(
    first,
    `${first}  ssh-bastion: { type: ssh, host: bastion.internal, user: deploy, access: { groups: [ops] }, ${keys} }\n`,
  );
}

async function load(keys: string) {
  const env = { PG_PROD_PASSWORD: 'x', KEY: 'the key', HOSTS: 'bastion.internal ssh-ed25519 AAAA' };
  const config = await loadGatewayConfig(await fileOf(written(keys)), env);
  const connection = config.connections['ssh-bastion'];
  if (connection?.type !== 'ssh') throw new Error('not of type ssh');
  return connection;
}

describe('an ssh connection is refused', () => {
  it.each([
    ['trust at first sight', 'key: env:KEY', /no host is trusted at first sight.*ssh-keyscan/],
    ['a key in the file', `key: abc, hostKey: ${fingerprint}`, 'a secret is not written'],
    ['no way to log in', `hostKey: ${fingerprint}`, 'needs key, password or agent'],
    ['an MD5 fingerprint', 'key: env:KEY, hostKey: "MD5:aa:bb"', 'SHA256:'],
    [
      'two kinds of trust',
      `key: env:KEY, hostKey: ${fingerprint}, knownHosts: env:HOSTS`,
      'write one of them',
    ],
    [
      'a passphrase for nothing',
      `agent: /run/a, passphrase: env:KEY, hostKey: ${fingerprint}`,
      'there is none',
    ],
    [
      'a jump host that is not checked',
      `key: env:KEY, hostKey: ${fingerprint}, jump: { host: j, user: u, key: env:KEY }`,
      'ssh-bastion.jump: needs hostKey',
    ],
    ['an unknown key', `key: env:KEY, hostKey: ${fingerprint}, sfpt: true`, 'did you mean sftp'],
  ])('%s', async (_, keys, message) => {
    await expect(load(keys)).rejects.toThrow(message);
  });
});

describe('an ssh connection', () => {
  it('has everything off that it does not name', async () => {
    expect(await load(`key: env:KEY, hostKey: ${fingerprint}`)).toMatchObject({
      port: 22,
      hostKey: { kind: 'fingerprints', fingerprints: [fingerprint] },
      users: [],
      jump: null,
      sftp: false,
      subsystems: [],
      forwarding: { local: false, remote: false },
      agentForwarding: false,
      x11: false,
      environment: [],
      keepaliveMs: 30_000,
    });
  });

  it('forwards an agent and a display where it says so', async () => {
    const keys = `key: env:KEY, hostKey: ${fingerprint}, agentForwarding: true, x11: true`;
    expect(await load(keys)).toMatchObject({ agentForwarding: true, x11: true });
  });

  it('reads keys, agents and known hosts where they are', async () => {
    const connection = await load('key: env:KEY, agent: env:KEY, knownHosts: env:HOSTS');
    expect(connection.key?.reveal()).toBe('the key');
    expect(connection.agent).toBe('the key');
    expect(connection.hostKey).toMatchObject({ kind: 'known_hosts' });
  });

  it('has another revision when its trust or a switch changes, not for another key', async () => {
    const one = await load(`key: env:KEY, hostKey: ${fingerprint}`);
    const same = await load(`key: env:HOSTS, hostKey: ${fingerprint}`);
    const other = await load(`key: env:KEY, hostKey: "SHA256:${'b'.repeat(43)}"`);
    const wider = await load(`key: env:KEY, hostKey: ${fingerprint}, sftp: true`);
    expect(same.revision).toBe(one.revision);
    expect(new Set([one.revision, other.revision, wider.revision]).size).toBe(3);
  });
});

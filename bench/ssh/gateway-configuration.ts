import type { TestProvider } from '../../test/peers/provider.ts';
import type { SshdPeer } from '../../test/peers/sshd.ts';

const files = ['read', 'write', 'list', 'stat', 'setstat', 'rename', 'mkdir', 'remove'];

/** Everything that the benchmark does is allowed by a rule: decided, and never held. */
export function gatewayConfiguration(
  port: number,
  sshd: SshdPeer,
  { identity }: TestProvider,
): string {
  const kind = ['exec', 'subsystem', ...files.map((name) => `sftp_${name}`)];
  return JSON.stringify({
    gateway: {
      listen: `127.0.0.1:${port}`,
      publicUrl: `https://127.0.0.1:${port}`,
      tls: { cert: 'file:cert.pem', key: 'file:key.pem' },
    },
    store: 'sqlite:./hoopx.db',
    identity: [
      {
        name: identity.name,
        issuer: identity.issuer,
        clientId: identity.clientId,
        audience: identity.audience,
        groupsClaim: 'groups',
        kind: 'human',
      },
    ],
    connections: {
      'ssh-bench': {
        type: 'ssh',
        host: sshd.host,
        port: sshd.port,
        user: sshd.user,
        key: `file:${sshd.keyFile}`,
        hostKey: sshd.fingerprint,
        sftp: true,
        access: { groups: ['engineering'] },
      },
    },
    rules: [
      { name: 'what the benchmark does', ssh: { kind: ['exec'], class: ['plain'] }, then: 'allow' },
      { name: 'files', ssh: { kind: kind.slice(1) }, then: 'allow' },
      { name: 'never halt', ssh: { commands: ['halt'] }, then: 'deny' },
    ],
    defaults: { unmatched: 'deny' },
  });
}

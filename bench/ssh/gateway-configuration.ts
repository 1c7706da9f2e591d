import type { TestProvider } from '../../test/peers/provider.ts';
import type { SshdPeer } from '../../test/peers/sshd.ts';
import { gatewayHead } from '../gateway-head.ts';

const files = ['read', 'write', 'list', 'stat', 'setstat', 'rename', 'mkdir', 'remove'];

/** Everything that the benchmark does is allowed by a rule: decided, and never held. */
export function gatewayConfiguration(port: number, sshd: SshdPeer, provider: TestProvider): string {
  const kind = ['exec', 'subsystem', ...files.map((name) => `sftp_${name}`)];
  return JSON.stringify({
    ...gatewayHead(port, provider, '.'),
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

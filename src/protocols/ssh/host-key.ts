import ssh2 from 'ssh2';
import { Secret } from '../../core/secret.ts';

/** What the gateway, or the local end of a tunnel, proves itself with to SSH clients. */
export interface SshHostKey {
  /** OpenSSH's own format. */
  readonly private: Secret;
  /** As a line of known_hosts has it, without the host: `ssh-ed25519 AAAA…`. */
  readonly public: string;
}

/** A fresh Ed25519 key. Clients learn it through the tunnel, whose TLS vouches for it. */
export function createHostKey(): SshHostKey {
  const pair = ssh2.utils.generateKeyPairSync('ed25519');
  return { private: new Secret(pair.private), public: pair.public.trim() };
}

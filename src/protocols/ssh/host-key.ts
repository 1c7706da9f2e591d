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
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519');
    // Of a few hundred keys that ssh2 1.17 makes, one or two are written so that it cannot read them.
    if (ssh2.utils.parseKey(pair.private) instanceof Error) continue;
    return { private: new Secret(pair.private), public: pair.public.trim() };
  }
}

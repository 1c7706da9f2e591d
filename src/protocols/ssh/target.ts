import type { Secret } from '../../core/secret.ts';

/** One hop: where, as whom, with what, and how its host key is known. */
export interface SshLogin {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** A private key, OpenSSH or PEM. */
  readonly key: Secret | null;
  readonly passphrase: Secret | null;
  readonly password: Secret | null;
  /** The Unix socket of an agent. */
  readonly agent: string | null;
  readonly hostKey: HostKeyTrust;
}

/** Never trusted on first use: without either the connection is refused. */
export type HostKeyTrust =
  /** `SHA256:…` as `ssh-keygen -l` prints them. */
  | { readonly kind: 'fingerprints'; readonly fingerprints: readonly string[] }
  /** The text of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
  | { readonly kind: 'known_hosts'; readonly text: string };

/** Names as OpenSSH writes them; empty: those that hoopx considers sound. */
export interface SshAlgorithms {
  readonly kex: readonly string[];
  readonly ciphers: readonly string[];
  readonly macs: readonly string[];
  readonly hostKeys: readonly string[];
}

/** Where and how the gateway reaches one SSH connection, and what of SSH it lets through at all. */
export interface SshTarget extends SshLogin {
  /** Others that a client may log in as; the same credentials must open them. */
  readonly users: readonly string[];
  readonly jump: SshLogin | null;
  readonly algorithms: SshAlgorithms;
  readonly keepaliveMs: number;
  /** Each is off unless the configuration names it; a rule has to allow it besides. */
  readonly sftp: boolean;
  readonly subsystems: readonly string[];
  readonly forwarding: { readonly local: boolean; readonly remote: boolean };
  readonly agentForwarding: boolean;
  readonly x11: boolean;
  /** Globs over names of environment variables that a client may set: `LC_*`. */
  readonly environment: readonly string[];
}

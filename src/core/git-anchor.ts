import type { Secret } from './secret.ts';

/** A branch of a git repository that gets each checkpoint as a commit. */
export interface GitAnchor {
  readonly kind: 'git';
  /** https, ssh (also `user@host:path`), file, http on loopback, or an absolute path. */
  readonly url: string;
  readonly branch: string;
  /** Folder in the repository. */
  readonly path: string;
  /** For https. */
  readonly login: { readonly user: string; readonly token: Secret } | null;
  /** Files, for ssh; null leaves it to ssh's own configuration. */
  readonly sshKey: string | null;
  readonly knownHosts: string | null;
  /** All that git is run with. */
  readonly environment: Readonly<Record<string, string>>;
}

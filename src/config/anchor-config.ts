import path from 'node:path';
import { Secret } from '../core/secret.ts';
import { bucketConfig } from './bucket-config.ts';
import type { Resolve } from './connection-config.ts';
import type { AnchorConfig } from './gateway-config.ts';
import type { Environment } from './reference.ts';
import { type AnchorDocument, isRemote } from './schema-anchors.ts';

export interface AnchorParts {
  /** Relative paths start from it. */
  readonly folder: string;
  readonly env: Environment;
  readonly resolve: Resolve;
}

const usualRetainMs = 30 * 24 * 3_600_000;

/** One of `audit.anchors`, at that place. */
export async function anchorConfig(
  document: AnchorDocument,
  index: number,
  parts: AnchorParts,
): Promise<AnchorConfig> {
  const { file, webhook, s3 } = document;
  const absolute = (given: string) => path.resolve(parts.folder, given);
  const secretAt = async (key: 'secret' | 'token') => {
    const reference = document[key];
    if (reference === undefined) return null;
    return new Secret(await parts.resolve(['audit', 'anchors', index, key], reference));
  };
  if (file !== undefined) return { kind: 'file', path: absolute(file) };
  if (webhook !== undefined) {
    return { kind: 'webhook', url: webhook, secret: await secretAt('secret') };
  }
  if (s3 !== undefined) {
    const at = ['audit', 'anchors', index, 's3'];
    const retainMs = document.retain ?? usualRetainMs;
    return { kind: 's3', place: await bucketConfig(s3, at, parts.resolve), retainMs };
  }
  const { git = '', branch = 'hoopx-audit', user = 'hoopx', sshKey, knownHosts } = document;
  const token = await secretAt('token');
  return {
    kind: 'git',
    url: isRemote(git) ? git : absolute(git),
    branch,
    path: document.path ?? 'checkpoints',
    login: token === null ? null : { user, token },
    sshKey: sshKey === undefined ? null : absolute(sshKey),
    knownHosts: knownHosts === undefined ? null : absolute(knownHosts),
    environment: gitEnvironment(parts.env),
  };
}

/** What git and ssh find their own settings and keys by, and nothing of the gateway's secrets. */
const forGit = [
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'TMPDIR', 'XDG_CONFIG_HOME', 'SSH_AUTH_SOCK'],
  ...['https_proxy', 'http_proxy', 'no_proxy', 'HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'],
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'GIT_SSL_CAINFO'],
];

function gitEnvironment(env: Environment): Readonly<Record<string, string>> {
  return Object.fromEntries(
    forGit.flatMap((key) => {
      const value = env[key];
      return value === undefined ? [] : [[key, value]];
    }),
  );
}

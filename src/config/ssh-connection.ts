import { Secret } from '../core/secret.ts';
import type { ConfigPath } from './config-problem.ts';
import type { ResolveAt } from './connection-config.ts';
import type { SshConnectionConfig, SshLoginConfig } from './gateway-config.ts';
import type { SshDocument, SshLoginDocument } from './gateway-schema.ts';

export async function sshConnection(
  document: SshDocument,
  revision: string,
  optional: ResolveAt,
): Promise<SshConnectionConfig> {
  const { labels, access, users, jump, algorithms, sftp, subsystems } = document;
  return {
    type: 'ssh',
    ...(await login(document, [], optional)),
    jump: jump === undefined ? null : await login(jump, ['jump'], optional),
    keepaliveMs: document.keepalive,
    forwarding: {
      local: document.forwarding.includes('local'),
      remote: document.forwarding.includes('remote'),
    },
    agentForwarding: document.agentForwarding,
    x11: document.x11,
    environment: document.env,
    ...{ labels, access, users, algorithms, sftp, subsystems, revision },
  };
}

async function login(
  document: SshLoginDocument,
  at: ConfigPath,
  optional: ResolveAt,
): Promise<SshLoginConfig> {
  const { host, port, user, hostKey } = document;
  const secret = async (key: 'key' | 'passphrase' | 'password') => {
    const value = await optional([...at, key], document[key]);
    return value === null ? null : new Secret(value);
  };
  const [key, passphrase, password, agent, knownHosts] = await Promise.all([
    secret('key'),
    secret('passphrase'),
    secret('password'),
    optional([...at, 'agent'], document.agent),
    optional([...at, 'knownHosts'], document.knownHosts),
  ]);
  return {
    ...{ host, port, user, key, passphrase, password, agent },
    hostKey:
      hostKey === undefined
        ? { kind: 'known_hosts', text: knownHosts ?? '' }
        : { kind: 'fingerprints', fingerprints: hostKey },
  };
}

/** What makes the connection what it is, with secrets and where they come from left out. */
export function sshSubstance({ jump, ...document }: SshDocument): object {
  return { ...withoutSecrets(document), jump: jump === undefined ? null : withoutSecrets(jump) };
}

function withoutSecrets<Login extends SshLoginDocument>(document: Login): object {
  const { key: _, passphrase: __, password: ___, agent: ____, ...plain } = document;
  return {
    ...plain,
    hostKey: document.hostKey ?? null,
    knownHosts: document.knownHosts ?? null,
  };
}

import { digestOf } from '../core/digest.ts';
import { isLoopback } from '../core/loopback.ts';
import { Secret } from '../core/secret.ts';
import type { ConfigPath } from './config-problem.ts';
import type { ConnectionConfig } from './gateway-config.ts';
import type { ConnectionDocument } from './gateway-schema.ts';
import type { Reference } from './reference.ts';

/** Reads what a reference refers to; reports what it cannot, and then gives ''. */
export type Resolve = (path: ConfigPath, reference: Reference | string) => Promise<string>;

export async function connectionConfig(
  document: ConnectionDocument,
  path: ConfigPath,
  resolve: Resolve,
): Promise<ConnectionConfig> {
  const { tls, password, ...plain } = document;
  const optional = async (key: ConfigPath, value: Reference | string | undefined) =>
    value === undefined ? null : resolve([...path, ...key], value);
  const [word, ca, cert, key] = await Promise.all([
    optional(['password'], password),
    optional(['tls', 'ca'], tls?.ca),
    optional(['tls', 'cert'], tls?.cert),
    optional(['tls', 'key'], tls?.key),
  ]);
  return {
    ...plain,
    password: word === null ? null : new Secret(word),
    tls: { mode: tlsMode(document), ca, cert, key: key === null ? null : new Secret(key) },
    revision: connectionRevision(document),
  };
}

/** Of what the file says, with secrets and where they come from left out. */
export function connectionRevision(document: ConnectionDocument): string {
  const { password: _, tls, ...plain } = document;
  const trust = { mode: tlsMode(document), ca: tls?.ca ?? null, cert: tls?.cert ?? null };
  return digestOf('hoopx.connection/v1', { ...plain, tls: trust });
}

/** Strict off loopback, where a wrong server is possible; on loopback TLS if the server has it. */
function tlsMode({ tls, host }: ConnectionDocument): ConnectionConfig['tls']['mode'] {
  return tls?.mode ?? (isLoopback(host) ? 'prefer' : 'verify-full');
}

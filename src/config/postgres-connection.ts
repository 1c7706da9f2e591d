import { isLoopback } from '../core/loopback.ts';
import { Secret } from '../core/secret.ts';
import type { ResolveAt } from './connection-config.ts';
import type { PostgresConnectionConfig } from './gateway-config.ts';
import type { PostgresDocument } from './gateway-schema.ts';

export async function postgresConnection(
  document: PostgresDocument,
  revision: string,
  optional: ResolveAt,
): Promise<PostgresConnectionConfig> {
  const { tls, password, ...plain } = document;
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
    revision,
  };
}

/** What makes the connection what it is, with secrets and where they come from left out. */
export function postgresSubstance(document: PostgresDocument): object {
  const { password: _, tls, ...plain } = document;
  const trust = { mode: tlsMode(document), ca: tls?.ca ?? null, cert: tls?.cert ?? null };
  return { ...plain, tls: trust };
}

/** Strict off loopback, where a wrong server is possible; on loopback TLS if the server has it. */
function tlsMode({ tls, host }: PostgresDocument): PostgresConnectionConfig['tls']['mode'] {
  return tls?.mode ?? (isLoopback(host) ? 'prefer' : 'verify-full');
}

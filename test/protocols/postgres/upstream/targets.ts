import { Secret } from '../../../../src/core/secret.ts';
import type { PostgresTarget } from '../../../../src/protocols/postgres/target.ts';
import type { PostgresPeer } from '../../../peers/postgres.ts';

export type Mode = PostgresTarget['tls']['mode'];

/** A connection to a test server, its authority trusted unless overridden. */
export function targetOf(
  server: Pick<PostgresPeer, 'host' | 'port' | 'database' | 'tls'>,
  mode: Mode,
  login: { readonly user: string; readonly password: string | null },
  overrides: { readonly host?: string; readonly ca?: string | null } = {},
): PostgresTarget {
  const ca = overrides.ca === undefined ? (server.tls?.ca ?? null) : overrides.ca;
  return {
    host: overrides.host ?? server.host,
    port: server.port,
    database: server.database,
    databases: [],
    user: login.user,
    password: login.password === null ? null : new Secret(login.password),
    tls: { mode, ca: mode.startsWith('verify') ? ca : null, cert: null, key: null },
    trustedFunctions: [],
  };
}

export function requestFor(
  target: PostgresTarget,
  parameters: readonly (readonly [string, string])[] = [],
) {
  const signal = AbortSignal.timeout(20_000);
  return { database: target.database, parameters: new Map(parameters), signal };
}

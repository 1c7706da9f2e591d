import type { ConnectionConfig, GatewayConfig } from '../config/gateway-config.ts';
import type { ConnectionView } from '../control/contract.ts';
import type { ConnectionIdentity, Policy } from '../core/policy.ts';
import type { Principal } from '../core/principal.ts';
import { RefusedError } from '../core/refusal.ts';
import type { MaskingPolicy } from '../masking/masking-policy.ts';

/** One reading of the configuration. New sessions stand on the newest, live ones on their own. */
export interface Footing {
  readonly config: GatewayConfig;
  readonly policy: Policy;
  readonly masking: MaskingPolicy;
  /** The gateway's own, for SSH clients: as in known_hosts. */
  readonly hostKey: string;
}

/** Own properties only: a connection's name comes from outside. */
export function connectionConfig(footing: Footing, name: string): ConnectionConfig | null {
  const { connections } = footing.config;
  return Object.hasOwn(connections, name) ? (connections[name] ?? null) : null;
}

export function mayUse(connection: ConnectionConfig, principal: Principal): boolean {
  const { groups, users } = connection.access;
  const { kind, name, subject, person } = principal;
  // What is open to a person is not thereby open to their agents.
  const names = kind === 'human' ? [name, subject, person] : [name, subject];
  return (
    groups.some((group) => principal.groups.includes(group)) ||
    users.some((user) => names.includes(user))
  );
}

/** The connection, if it is there and open to the principal; throws `RefusedError` otherwise. */
export function admissible(
  footing: Footing,
  { connection, principal }: { readonly connection: string; readonly principal: Principal },
): ConnectionConfig {
  const config = connectionConfig(footing, connection);
  if (config !== null && mayUse(config, principal)) return config;
  // One answer for both: names of connections are for those who may use them.
  throw new RefusedError({
    code: 'CONNECTION_UNKNOWN',
    message: `there is no connection ${connection}, or you may not use it`,
    hint: 'hoopx connections list shows those that you may use.',
  });
}

export function connectionIdentity(name: string, config: ConnectionConfig): ConnectionIdentity {
  return { name, revision: config.revision, labels: config.labels };
}

export function connectionView(
  name: string,
  config: ConnectionConfig,
  { hostKey }: Pick<Footing, 'hostKey'>,
): ConnectionView {
  const { labels } = config;
  switch (config.type) {
    case 'postgres': {
      const { type, database, databases } = config;
      return { name, type, labels, database, databases };
    }
    case 'ssh': {
      const { type, user, users } = config;
      return { name, type, labels, user, users, hostKey };
    }
    case 'http': {
      const { type, methods } = config;
      return { name, type, labels, methods };
    }
    case 'kubernetes':
      return { name, type: config.type, labels };
    default:
      return config satisfies never;
  }
}

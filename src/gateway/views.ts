import type { GatewayConfig } from '../config/gateway-config.ts';
import type { GatewayInfo } from '../control/contract.ts';
import type { Connections } from '../control/server/ports.ts';
import { connectionConfig, connectionView, type Footing, mayUse } from './footing.ts';

/** The connections of the configuration in force, as each principal may see them. */
export function connectionsOf(footing: () => Footing): Connections {
  return {
    list(principal) {
      const standing = footing();
      return Object.entries(standing.config.connections)
        .filter(([, connection]) => mayUse(connection, principal))
        .map(([name, connection]) => connectionView(name, connection, standing));
    },
    find(principal, name) {
      const standing = footing();
      const connection = connectionConfig(standing, name);
      if (connection === null || !mayUse(connection, principal)) return null;
      return connectionView(name, connection, standing);
    },
  };
}

/** What anyone may know: no more than a login needs. */
export function infoOf({ identity }: GatewayConfig, version: string): GatewayInfo {
  return {
    name: 'hoopx',
    version,
    identity: identity.map(({ name, issuer, clientId, scopes, audience }) => ({
      ...{ name, issuer, clientId, scopes, audience },
    })),
  };
}

import { freePort } from '../../src/demo/free-port.ts';
import type { PostgresPeer } from '../../test/peers/postgres.ts';
import { haproxyRoute } from './haproxy.ts';
import { type HoopxWorld, hoopxRoute } from './hoopx.ts';
import { pgbouncerRoute } from './pgbouncer.ts';
import type { Companion } from './processes.ts';

/** One way from a client to the same server. */
export interface Route {
  readonly name: string;
  readonly port: number;
  /** What stands between; its CPU time is counted. */
  readonly between: readonly Companion[];
}

/** The same way, measured as if it were another: how far the two differ is the noise. */
export function again(route: Route): Route {
  return { ...route, name: `${route.name} (again)` };
}

export interface RouteParts {
  /** A folder that every account may enter. */
  readonly folder: string;
  readonly postgres: PostgresPeer;
  readonly hoopx: HoopxWorld;
  readonly started: (companion: Companion) => Companion;
}

export async function openRoutes(parts: RouteParts): Promise<readonly Route[]> {
  const direct: Route = { name: 'direct', port: parts.postgres.port, between: [] };
  const bare = await hoopxRoute(parts, 'bare pipe');
  return [
    direct,
    again(direct),
    await haproxyRoute(parts),
    await pgbouncerRoute(parts),
    bare,
    again(bare),
    await hoopxRoute(parts, 'hoopx'),
  ];
}

/** Two ports that are free now. */
export async function twoPorts(): Promise<readonly [number, number]> {
  return [await freePort(), await freePort()];
}

import { haproxyRoute } from './haproxy.ts';
import { hoopxRoute } from './hoopx.ts';
import { pgbouncerRoute } from './pgbouncer.ts';
import type { Route, RouteParts } from './route.ts';

/** The same way, measured as if it were another: how far the two differ is the noise. */
export function again(route: Route): Route {
  return { ...route, name: `${route.name} (again)` };
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

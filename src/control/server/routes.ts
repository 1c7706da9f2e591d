import { auditRoutes } from './audit.ts';
import { connectionRoutes } from './connections.ts';
import { identityRoutes } from './identity.ts';
import { recordingRoutes } from './recordings.ts';
import { requestRoutes } from './requests.ts';
import { reviewerKeyRoutes } from './reviewer-keys.ts';
import type { Route } from './route.ts';
import { sessionRoutes } from './sessions.ts';
import { tunnelRoutes } from './tunnels.ts';

/** All that there is. A request that matches none of these is refused. */
export const routes: readonly Route[] = [
  ...identityRoutes,
  ...connectionRoutes,
  ...tunnelRoutes,
  ...requestRoutes,
  ...sessionRoutes,
  ...reviewerKeyRoutes,
  ...recordingRoutes,
  ...auditRoutes,
];

export interface RouteMatch {
  readonly route: Route;
  readonly parameters: ReadonlyMap<string, string>;
}

/** The path must be written exactly so: no trailing slash, no dot segments, no encoded slash. */
export function matchRoute(
  method: string,
  path: string,
  upgrade: boolean,
  table: readonly Route[] = routes,
): RouteMatch | null {
  for (const route of table) {
    if (route.method !== method || (route.kind === 'upgrade') !== upgrade) continue;
    const parameters = matchPath(route.path, path);
    if (parameters !== null) return { route, parameters };
  }
  return null;
}

function matchPath(pattern: string, path: string): ReadonlyMap<string, string> | null {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return null;
  const parameters = new Map<string, string>();
  for (const [index, part] of wanted.entries()) {
    const segment = given[index] ?? '';
    if (!part.startsWith(':')) {
      if (part !== segment) return null;
      continue;
    }
    const value = decoded(segment);
    if (value === null) return null;
    parameters.set(part.slice(1), value);
  }
  return parameters;
}

function decoded(segment: string): string | null {
  try {
    const value = decodeURIComponent(segment);
    return /^[\w.@-]{1,128}$/.test(value) && !/^\.+$/.test(value) ? value : null;
  } catch {
    return null;
  }
}

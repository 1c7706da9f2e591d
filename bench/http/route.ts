import type { Companion } from '../processes.ts';

/** One way from a client to the same service. */
export interface HttpRoute {
  readonly name: string;
  readonly port: number;
  /** What stands between; its CPU time is counted. */
  readonly between: readonly Companion[];
}

export interface HttpParts {
  /** With `ca.pem`, `cert.pem` and `key.pem`. */
  readonly folder: string;
  readonly service: Service;
  readonly started: (companion: Companion) => Companion;
}

export interface Service {
  readonly port: number;
  /** What every way but the direct one adds to a request. */
  readonly token: string;
}

/** The same way, measured as if it were another: how far the two differ is the noise. */
export function again(route: HttpRoute): HttpRoute {
  return { ...route, name: `${route.name} (again)` };
}

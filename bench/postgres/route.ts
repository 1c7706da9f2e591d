import { freePort } from '../../src/demo/free-port.ts';
import type { PostgresPeer } from '../../test/peers/postgres.ts';
import type { TestProvider } from '../../test/peers/provider.ts';
import type { Companion } from '../processes.ts';

/** One way from a client to the same server. */
export interface Route {
  readonly name: string;
  readonly port: number;
  /** What stands between; its CPU time is counted. */
  readonly between: readonly Companion[];
}

/** What gateways of a benchmark share. */
export interface HoopxWorld {
  readonly provider: TestProvider;
  /** The token of an engineer. */
  readonly token: string;
}

export interface RouteParts {
  /** A folder that every account may enter. */
  readonly folder: string;
  readonly postgres: PostgresPeer;
  readonly hoopx: HoopxWorld;
  readonly started: (companion: Companion) => Companion;
}

/** Two ports that are free now. */
export async function twoPorts(): Promise<readonly [number, number]> {
  return [await freePort(), await freePort()];
}

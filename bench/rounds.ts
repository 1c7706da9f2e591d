import { shuffled } from './statistics.ts';

interface Named {
  readonly name: string;
}

export interface Rounds<Route extends Named, Load extends Named, Value> {
  readonly rounds: number;
  readonly routes: readonly Route[];
  readonly loads: readonly Load[];
  readonly run: (route: Route, load: Load) => Promise<Value>;
  readonly signal: AbortSignal;
}

/**
 * Every route meets every workload once a round, in an order that changes; round 0 warms up.
 * By workload, then by route, in the order of rounds.
 */
export async function inRounds<Route extends Named, Load extends Named, Value>(
  options: Rounds<Route, Load, Value>,
): Promise<Map<string, Map<string, Value[]>>> {
  const { rounds, routes, loads, run, signal } = options;
  const results = new Map(
    loads.map(({ name }) => [name, new Map(routes.map((route) => [route.name, [] as Value[]]))]),
  );
  const pairs = loads.flatMap((load) => routes.map((route) => ({ load, route })));
  for (let round = 0; round <= rounds; round += 1) {
    for (const { load, route } of shuffled(pairs)) {
      signal.throwIfAborted();
      const value = await run(route, load);
      if (round > 0) results.get(load.name)?.get(route.name)?.push(value);
    }
    process.stderr.write(`round ${round} of ${rounds}\n`);
  }
  return results;
}

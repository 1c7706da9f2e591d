/**
 * What hoopx costs beside PostgreSQL itself, pgbouncer and haproxy, each with two hops and TLS
 * between them, and beside the same tunnel without decisions. Needs the built program, Debian's
 * pgbench, pgbouncer and haproxy. Prints Markdown tables of ratios.
 *
 *   npx tsx bench/postgres.ts [--rounds 5] [--seconds 5] [--only TEXT] [--routes a,b]
 */
import { parseArgs } from 'node:util';
import { copy, copyings } from './postgres/copy.ts';
import { copyTable, cpuTable, throughputTable } from './postgres/report.ts';
import type { Route } from './postgres/route.ts';
import { openRoutes } from './postgres/routes.ts';
import { shuffled } from './postgres/statistics.ts';
import { fillTables, type Measured, measure, workloads } from './postgres/workloads.ts';
import { createWorld, type World } from './postgres/world.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
    routes: { type: 'string', default: '' },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);

const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort(new Error('interrupted')));

const world = await createWorld();
try {
  await bench(world);
} finally {
  await world[Symbol.asyncDispose]();
}

async function bench(world: World): Promise<void> {
  await fillTables(world.postgres);
  const wanted = values.routes.split(',').filter((name) => name !== '');
  const routes = (await openRoutes(world)).filter(
    ({ name }) => wanted.length === 0 || wanted.includes(name),
  );
  const loads = new Map(named(workloads).map((load) => [load.name, load]));
  const throughput = await inRounds(routes, [...loads.keys()], (route, name) => {
    const load = loads.get(name);
    if (load === undefined) throw new Error(`no workload ${name}`);
    return measure(world.postgres, route, load, seconds);
  });
  console.log(`${process.version}, ${rounds} shuffled rounds of ${seconds} s\n`);
  if (throughput.size > 0) {
    console.log(`${throughputTable(throughput)}\n\n${cpuTable(throughput)}\n`);
  }
  const moves = new Map(named(await copyings(world.folder)).map((move) => [move.name, move]));
  const copied = await inRounds(routes, [...moves.keys()], (route, name) => {
    const move = moves.get(name);
    if (move === undefined) throw new Error(`no way to copy ${name}`);
    return copy(world.postgres, route, move);
  });
  if (copied.size > 0) console.log(copyTable(copied));
}

function named<Item extends { readonly name: string }>(items: readonly Item[]): readonly Item[] {
  return items.filter(({ name }) => name.includes(values.only));
}

/** Every route meets every workload once a round, in an order that changes; round 0 warms up. */
async function inRounds<Value extends Measured | number>(
  routes: readonly Route[],
  names: readonly string[],
  run: (route: Route, name: string) => Promise<Value>,
): Promise<Map<string, Map<string, Value[]>>> {
  const results = new Map(
    names.map((name) => [name, new Map(routes.map((route) => [route.name, [] as Value[]]))]),
  );
  const pairs = names.flatMap((name) => routes.map((route) => ({ name, route })));
  for (let round = 0; round <= rounds; round += 1) {
    for (const { name, route } of shuffled(pairs)) {
      interrupted.signal.throwIfAborted();
      const value = await run(route, name);
      if (round > 0) results.get(name)?.get(route.name)?.push(value);
    }
    process.stderr.write(`round ${round} of ${rounds}\n`);
  }
  return results;
}

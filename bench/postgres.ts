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
import { openRoutes } from './postgres/routes.ts';
import { fillTables, measure, workloads } from './postgres/workloads.ts';
import { createWorld, type World } from './postgres/world.ts';
import { inRounds } from './rounds.ts';

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
  const shared = { rounds, routes, signal: interrupted.signal };
  const throughput = await inRounds({
    ...shared,
    loads: named(workloads),
    run: (route, load) => measure(world.postgres, route, load, seconds),
  });
  console.log(`${process.version}, ${rounds} shuffled rounds of ${seconds} s\n`);
  if (throughput.size > 0) {
    console.log(`${throughputTable(throughput)}\n\n${cpuTable(throughput)}\n`);
  }
  const copied = await inRounds({
    ...shared,
    loads: named(await copyings(world.folder)),
    run: (route, move) => copy(world.postgres, route, move),
  });
  if (copied.size > 0) console.log(copyTable(copied));
}

function named<Item extends { readonly name: string }>(items: readonly Item[]): readonly Item[] {
  return items.filter(({ name }) => name.includes(values.only));
}

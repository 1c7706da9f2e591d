/**
 * What masking costs beside the same tunnel and gateway without it, and in nanoseconds for each
 * row. Needs the built program and Debian's pgbench. Prints a Markdown table of ratios.
 *
 *   npx tsx bench/masking.ts [--rounds 5] [--seconds 4]
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { hoopxRoute } from './postgres/hoopx.ts';
import type { Route } from './postgres/route.ts';
import { type Measured, measure, type Workload } from './postgres/workloads.ts';
import { createWorld, type World } from './postgres/world.ts';
import { ratios, table } from './ratios.ts';
import { median, shuffled, spread } from './statistics.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);

/** Rows of one transaction, by workload. */
const rowsOf: Readonly<Record<string, number>> = { 'one row': 1, '1000 rows': 1000 };
const plain = 'without masking';
const masked: Readonly<Record<string, readonly object[]>> = {
  'known column': [{ columns: ['public.people.email'], strategy: 'partial' }],
  'known column, hash': [{ columns: ['public.people.email'], strategy: 'hash' }],
  'detected e-mail': [{ detectors: ['email'] }],
};

const world = await createWorld();
try {
  await bench(world);
} finally {
  await world[Symbol.asyncDispose]();
}

async function bench(world: World): Promise<void> {
  await world.postgres.query(`create table people as select id, 'Person ' || id as name,
    'person' || id || '@example.com' as email, 'A street ' || id as street, id % 90 as age
    from generate_series(1, 100000) id`);
  await world.postgres.query('alter table people add primary key (id)');
  const routes = [await hoopxRoute(world, plain)];
  for (const [name, rules] of Object.entries(masked)) {
    routes.push(await hoopxRoute(world, name, rules));
  }
  const loads = await workloads(world.folder);
  const results = new Map(
    loads.map(({ name }) => [name, new Map(routes.map((route) => [route.name, [] as Measured[]]))]),
  );
  const pairs = loads.flatMap((load) => routes.map((route): [Workload, Route] => [load, route]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [load, route] of shuffled(pairs)) {
      const value = await measure(world.postgres, route, load, seconds);
      if (round > 0) results.get(load.name)?.get(route.name)?.push(value);
    }
    process.stderr.write(`round ${round} of ${rounds}\n`);
  }
  console.log(
    `${process.version}, ${rounds} shuffled rounds of ${seconds} s\n\n${report(results)}`,
  );
}

type Results = ReadonlyMap<string, ReadonlyMap<string, readonly Measured[]>>;

function report(results: Results): string {
  const names = Object.keys(masked);
  const rows = [...results].flatMap(([load, measured]) => [
    [
      `${load}: transactions per second`,
      ...names.map((name) => spread(ratios(measured, name, plain, ({ tps }) => tps))),
    ],
    [
      `${load}: gateway's CPU more for a row, ns`,
      ...names.map((name) => `${Math.round(costOfRow(measured, name, rowsOf[load] ?? 1))}`),
    ],
  ]);
  return table(['of the same without masking', ...names], rows);
}

function costOfRow(measured: ReadonlyMap<string, readonly Measured[]>, name: string, rows: number) {
  const cpu = (route: string) => median((measured.get(route) ?? []).map((one) => one.lastHopCpu));
  return ((cpu(name) - cpu(plain)) / rows) * 1e9;
}

async function workloads(folder: string): Promise<readonly Workload[]> {
  const script = async (name: string, sql: string): Promise<Workload> => {
    const file = path.join(folder, `${name.replaceAll(' ', '-')}.sql`);
    await writeFile(file, `\\set id random(1, 90000)\n${sql};\n`);
    return { name, remembered: true, args: ['-M', 'prepared', '-f', file] };
  };
  return [
    await script('one row', 'select * from people where id = :id'),
    await script('1000 rows', 'select * from people where id >= :id and id < :id + 1000'),
  ];
}

/**
 * What hoopx costs beside nginx proxy_pass, with two hops and TLS between them as hoopx has, and
 * with one hop. wrk asks, nginx is the service; all is allowed by rules, so decided and never
 * held. Needs the built program, Debian's nginx and wrk. Prints Markdown tables of ratios.
 *
 *   npx tsx bench/http.ts [--rounds 5] [--seconds 4] [--connections 32] [--only TEXT]
 *     [--routes a,b] [--other FILE]
 *
 * `--other` is the bin/run.js of another build, measured in the same rounds as `other`.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { hoopxRoute, product } from './http/hoopx.ts';
import { nginxRoute, singleNginxRoute } from './http/nginx.ts';
import { absoluteTable, ratioTable } from './http/report.ts';
import { again, type HttpRoute } from './http/route.ts';
import { httpLoads, measureHttp } from './http/workloads.ts';
import { createHttpWorld, type HttpWorld } from './http/world.ts';
import { inRounds } from './rounds.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    connections: { type: 'string', default: '32' },
    only: { type: 'string', default: '' },
    routes: { type: 'string', default: '' },
    other: { type: 'string', default: '' },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const connections = Number(values.connections);
const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort(new Error('interrupted')));

const world = await createHttpWorld();
try {
  await bench(world);
} finally {
  await world[Symbol.asyncDispose]();
}

async function openRoutes(world: HttpWorld): Promise<readonly HttpRoute[]> {
  const direct: HttpRoute = { name: 'direct', port: world.service.port, between: [] };
  const nginx = await nginxRoute(world);
  const hoopx = await hoopxRoute(world, 'hoopx', product);
  const { other } = values;
  const all = [
    ...[direct, again(direct), nginx, again(nginx), await singleNginxRoute(world)],
    ...[hoopx, again(hoopx), ...(other === '' ? [] : [await hoopxRoute(world, 'other', other)])],
  ];
  const wanted = values.routes.split(',').filter((name) => name !== '');
  return all.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
}

async function bench(world: HttpWorld): Promise<void> {
  const routes = await openRoutes(world);
  const load = () => loadavg()[0]?.toFixed(1);
  const before = load();
  const results = await inRounds({
    ...{ rounds, routes, signal: interrupted.signal },
    loads: httpLoads.filter(({ name }) => name.includes(values.only)),
    run: (route, asked) => measureHttp(route, asked, { connections, seconds, ...world }),
  });
  console.log(`${process.version}, ${connections} connections, ${rounds} rounds of ${seconds} s`);
  console.log(`load average ${before} before, ${load()} after\n`);
  const beside = [
    { of: 'direct (again)', by: 'direct' },
    { of: 'nginx (again)', by: 'nginx' },
    { of: 'hoopx (again)', by: 'hoopx' },
    { of: 'hoopx', by: 'nginx' },
    { of: 'hoopx', by: 'nginx, one hop' },
    { of: 'other', by: 'nginx' },
    { of: 'other', by: 'hoopx' },
  ];
  const between = beside.filter(({ by }) => by !== 'direct');
  const tables = [
    ratioTable('requests per second', results, beside, ({ perSecond }) => perSecond),
    ratioTable('CPU per request', results, between, ({ cpuPerRequest }) => cpuPerRequest),
    ratioTable('CPU, last hop alone', results, between, ({ lastHopCpu }) => lastHopCpu),
    absoluteTable(results),
  ];
  console.log(tables.join('\n\n'));
}

/**
 * What hoopx costs beside ssh itself: OpenSSH's client and server on loopback, directly and
 * through `hoopx ssh-proxy` and a gateway, over connections that are open (ControlMaster). All is
 * allowed by a rule, so decided and never held. Needs the built program. Prints Markdown tables.
 *
 *   npx tsx bench/ssh.ts [--rounds 5] [--execs 200] [--growth 1000] [--megabytes 500]
 *     [--file-megabytes 200] [--files 500] [--only TEXT] [--ciphers LIST, or '' for ssh's own]
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { cpuSeconds } from './processes.ts';
import { table } from './ratios.ts';
import { forgetPeak, residentMb } from './ssh/memory.ts';
import { latencyTable, milliseconds, speedTable } from './ssh/report.ts';
import { agreedCipher, openSshRoutes, type SshRoute } from './ssh/routes.ts';
import { sshWorkloads, warmExec } from './ssh/workloads.ts';
import { createSshWorld, type SshWorld } from './ssh/world.ts';
import { shuffled } from './statistics.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    execs: { type: 'string', default: '200' },
    growth: { type: 'string', default: '1000' },
    megabytes: { type: 'string', default: '500' },
    'file-megabytes': { type: 'string', default: '200' },
    files: { type: 'string', default: '500' },
    only: { type: 'string', default: '' },
    ciphers: { type: 'string', default: 'aes128-gcm@openssh.com' },
  },
});
const rounds = Number(values.rounds);
const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort(new Error('interrupted')));

const world = await createSshWorld(values.ciphers === '' ? null : values.ciphers);
try {
  await bench(world);
} finally {
  await world[Symbol.asyncDispose]();
}

async function bench(world: SshWorld): Promise<void> {
  const routes = await openSshRoutes(world);
  const ciphers = await Promise.all(
    routes.map(async (route) => `${route.name}: ${await agreedCipher(route)}`),
  );
  console.log(`${process.version}, load average before ${loadavg()[0]?.toFixed(1)}`);
  console.log(`${ciphers.join(', ')}\n`);
  if ('warm exec'.includes(values.only)) await execs(routes);
  await moves(world, routes);
  if ('growth'.includes(values.only)) await growth(routes);
  console.log(`load average after ${loadavg()[0]?.toFixed(1)}`);
}

async function execs(routes: readonly SshRoute[]): Promise<void> {
  const results = new Map(routes.map(({ name }) => [name, [] as number[]]));
  const pids = routes.flatMap(({ between }) => between);
  const count = Number(values.execs);
  const warmUp = 50;
  let before = 0;
  for (let round = 0; round < count + warmUp; round += 1) {
    if (round === warmUp) before = cpuSeconds(pids);
    for (const route of shuffled(routes)) {
      interrupted.signal.throwIfAborted();
      const taken = await warmExec(route);
      if (round >= warmUp) results.get(route.name)?.push(taken);
    }
  }
  const cpu = (cpuSeconds(pids) - before) / count;
  console.log(`${latencyTable(results)}\n`);
  console.log(`CPU of gateway and ssh-proxy for each exec: ${milliseconds(cpu)}\n`);
}

/** Every route meets every workload once a round, in an order that changes; round 0 warms up. */
async function moves(world: SshWorld, routes: readonly SshRoute[]): Promise<void> {
  const all = await sshWorkloads(world.folder, {
    streamBytes: Number(values.megabytes) * 1_000_000,
    fileBytes: Number(values['file-megabytes']) * 1_000_000,
    smallFiles: Number(values.files),
  });
  const loads = all.filter(({ name }) => name.includes(values.only));
  if (loads.length === 0) return;
  const results = new Map(
    loads.map(({ name }) => [name, new Map(routes.map((route) => [route.name, [] as number[]]))]),
  );
  const used = new Map(loads.map(({ name }) => [name, [] as (readonly number[])[]]));
  const pairs = loads.flatMap((load) => routes.map((route) => ({ load, route })));
  for (let round = 0; round <= rounds; round += 1) {
    for (const { load, route } of shuffled(pairs)) {
      interrupted.signal.throwIfAborted();
      for (const pid of route.between) forgetPeak(pid);
      const before = route.between.map((pid) => cpuSeconds([pid]));
      const taken = await load.run(route);
      const cpu = route.between.map((pid, at) => cpuSeconds([pid]) - (before[at] ?? 0));
      const peaks = route.between.map((pid) => residentMb(pid, 'VmHWM'));
      if (round === 0) continue;
      results.get(load.name)?.get(route.name)?.push(taken);
      if (cpu.length > 0) used.get(load.name)?.push([...cpu, ...peaks]);
    }
    process.stderr.write(`round ${round} of ${rounds}\n`);
  }
  console.log(`${speedTable(results)}\n\n${usedTable(used)}\n`);
}

/** The highest of all rounds. */
function usedTable(used: ReadonlyMap<string, readonly (readonly number[])[]>): string {
  const highest = (rows: readonly (readonly number[])[], at: number) =>
    Math.max(...rows.map((row) => row[at] ?? Number.NaN));
  const rows = [...used].map(([name, measured]) => [
    name,
    ...[0, 1].map((at) => `${highest(measured, at).toFixed(2)} s`),
    ...[2, 3].map((at) => `${highest(measured, at).toFixed(0)} MiB`),
  ]);
  const parts = ['gateway', 'ssh-proxy'];
  const heads = ['CPU', 'RSS'].flatMap((what) => parts.map((part) => `${what} of the ${part}`));
  return table(['at most', ...heads], rows);
}

async function growth(routes: readonly SshRoute[]): Promise<void> {
  const route = routes.find(({ between }) => between.length > 0);
  if (route === undefined) throw new Error('nothing to look at');
  const count = Number(values.growth);
  const rows: string[][] = [];
  for (let done = 0; done <= count; done += 1) {
    interrupted.signal.throwIfAborted();
    if (done % (count / 4) === 0) {
      rows.push([`${done}`, ...route.between.map((pid) => residentMb(pid, 'VmRSS').toFixed(0))]);
    }
    if (done < count) await warmExec(route);
  }
  console.log(`${table(['execs', 'RSS of the gateway, MiB', 'of the ssh-proxy'], rows)}\n`);
}

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { PostgresPeer } from '../../test/peers/postgres.ts';
import { cpuSeconds } from '../processes.ts';
import type { Route } from './route.ts';

const run = promisify(execFile);

/** Something that pgbench can do. */
export interface Workload {
  readonly name: string;
  /** Every text of it is one that was decided before. */
  readonly remembered: boolean;
  readonly args: readonly string[];
}

export const workloads: readonly Workload[] = [
  { name: 'select, simple', remembered: false, args: ['-S', '-M', 'simple'] },
  { name: 'select, extended', remembered: true, args: ['-S', '-M', 'extended'] },
  { name: 'select, prepared', remembered: true, args: ['-S', '-M', 'prepared'] },
  { name: 'TPC-B, simple', remembered: false, args: ['-b', 'tpcb-like', '-M', 'simple'] },
  { name: 'TPC-B, prepared', remembered: true, args: ['-b', 'tpcb-like', '-M', 'prepared'] },
];

export interface Measured {
  readonly tps: number;
  /** Of everything between client and server. */
  readonly cpuPerTransaction: number;
  /** Of the hop next to the server: the gateway. */
  readonly lastHopCpu: number;
}

export const clients = 4;
const scale = 5;

export async function fillTables(postgres: PostgresPeer): Promise<void> {
  await pgbench(postgres, postgres.port, ['-i', '-q', '-s', `${scale}`]);
}

export async function measure(
  postgres: PostgresPeer,
  route: Route,
  workload: Workload,
  seconds: number,
): Promise<Measured> {
  const pids = route.between.map(({ pid }) => pid);
  const last = pids.slice(-1);
  const [before, lastBefore] = [cpuSeconds(pids), cpuSeconds(last)];
  const load = ['-n', '-c', `${clients}`, '-T', `${seconds}`, ...workload.args];
  const said = await pgbench(postgres, route.port, load);
  const [used, lastUsed] = [cpuSeconds(pids) - before, cpuSeconds(last) - lastBefore];
  const tps = Number(/^tps = ([\d.]+)/m.exec(said)?.[1]);
  const done = Number(/actually processed: (\d+)/.exec(said)?.[1]);
  const failed = Number(/failed transactions: (\d+)/.exec(said)?.[1]);
  if (!(tps > 0) || failed !== 0) throw new Error(`${route.name}, ${workload.name}:\n${said}`);
  return { tps, cpuPerTransaction: used / done, lastHopCpu: lastUsed / done };
}

async function pgbench(
  postgres: PostgresPeer,
  port: number,
  args: readonly string[],
): Promise<string> {
  const where = ['-h', '127.0.0.1', '-p', `${port}`, '-U', postgres.user];
  const env = { ...process.env, PGPASSWORD: postgres.password, PGSSLMODE: 'disable' };
  const { stdout, stderr } = await run('pgbench', [...where, ...args, postgres.database], { env });
  return `${stdout}${stderr}`;
}

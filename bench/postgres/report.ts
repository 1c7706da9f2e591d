import { type Results, ratios, table } from '../ratios.ts';
import { spread } from '../statistics.ts';
import type { Measured } from './workloads.ts';

const tps = ({ tps: value }: Measured) => value;
const cpu = ({ cpuPerTransaction }: Measured) => cpuPerTransaction;
const lastHopCpu = (measured: Measured) => measured.lastHopCpu;

export function throughputTable(all: ReadonlyMap<string, Results<Measured>>): string {
  const routes = ['direct (again)', 'haproxy', 'pgbouncer', 'bare pipe', 'hoopx'];
  const rows = [...all].map(([workload, results]) => [
    workload,
    ...routes.map((route) => spread(ratios(results, route, 'direct', tps))),
  ]);
  return table(['transactions per second, of direct', ...routes], rows);
}

export function cpuTable(all: ReadonlyMap<string, Results<Measured>>): string {
  const pairs = [
    ['bare pipe (again)', 'bare pipe'],
    ['hoopx', 'bare pipe'],
    ['hoopx', 'haproxy'],
    ['hoopx', 'pgbouncer'],
  ] as const;
  const rows = [...all].map(([workload, results]) => [
    workload,
    ...pairs.map(([of, by]) => spread(ratios(results, of, by, cpu))),
    spread(ratios(results, 'hoopx', 'bare pipe', lastHopCpu)),
  ]);
  const heads = [...pairs.map(([of, by]) => `${of} ÷ ${by}`), 'the gateway alone ÷ its bare pipe'];
  return table(['CPU per transaction', ...heads], rows);
}

/** Seconds turned round, so that more is better. */
export function copyTable(all: ReadonlyMap<string, Results<number>>): string {
  const routes = ['direct (again)', 'haproxy', 'pgbouncer', 'bare pipe', 'hoopx'];
  const rows = [...all].map(([name, results]) => [
    name,
    ...routes.map((route) => spread(ratios(results, route, 'direct', (seconds) => 1 / seconds))),
  ]);
  return table(['bytes per second, of direct', ...routes], rows);
}

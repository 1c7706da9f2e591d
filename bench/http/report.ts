import { type Results, ratios, table } from '../ratios.ts';
import { median, spread } from '../statistics.ts';
import type { HttpMeasured } from './workloads.ts';

type All = ReadonlyMap<string, Results<HttpMeasured>>;

export interface Compared {
  readonly of: string;
  readonly by: string;
}

/** Of what was measured only. */
export function ratioTable(
  title: string,
  all: All,
  pairs: readonly Compared[],
  value: (measured: HttpMeasured) => number,
): string {
  const known = pairs.filter(({ of, by }) =>
    [...all.values()].every((results) => results.has(of) && results.has(by)),
  );
  const rows = [...all].map(([load, results]) => [
    load,
    ...known.map(({ of, by }) => spread(ratios(results, of, by, value))),
  ]);
  return table([title, ...known.map(({ of, by }) => `${of} ÷ ${by}`)], rows);
}

/** Of this machine, for whoever wants to see how busy it was; nothing to compare with others. */
export function absoluteTable(all: All): string {
  const routes = [...new Set([...all.values()].flatMap((results) => [...results.keys()]))];
  const rows = [...all].map(([load, results]) => [
    load,
    ...routes.map((route) => {
      const measured = results.get(route) ?? [];
      const perSecond = median(measured.map((each) => each.perSecond));
      const cpu = median(measured.map((each) => each.cpuPerRequest));
      return `${perSecond.toFixed(0)}/s, ${(cpu * 1e6).toFixed(0)} µs`;
    }),
  ]);
  return table(['median', ...routes], rows);
}

import { type Results, ratios, table } from '../ratios.ts';
import { median, percentile, spread } from '../statistics.ts';

const others = ['direct (again)', 'hoopx'] as const;

/** Seconds turned round, so that more is better. */
export function speedTable(all: ReadonlyMap<string, Results<number>>): string {
  const rows = [...all].map(([name, results]) => [
    name,
    ...others.map((other) => spread(ratios(results, other, 'direct', (taken) => 1 / taken))),
  ]);
  return table(['speed, of direct', ...others], rows);
}

/** What each way took longer than direct did right beside it. */
export function latencyTable(results: Results<number>): string {
  const direct = results.get('direct') ?? [];
  const rows = others.map((other) => {
    const own = results.get(other) ?? [];
    const longer = own.map((taken, round) => taken - (direct[round] ?? Number.NaN));
    return [
      other,
      milliseconds(median(own)),
      milliseconds(percentile(own, 0.95)),
      milliseconds(median(longer)),
      milliseconds(percentile(own, 0.95) - percentile(direct, 0.95)),
      (median(own) / median(direct)).toFixed(2),
    ];
  });
  const columns = ['median', '95% within', 'longer than direct, median', '95% point', 'ratio'];
  const alone = [
    'direct',
    milliseconds(median(direct)),
    milliseconds(percentile(direct, 0.95)),
    ...['', '', ''],
  ];
  return table(['warm exec', ...columns], [alone, ...rows]);
}

export function milliseconds(seconds: number): string {
  return `${(seconds * 1000).toFixed(1)} ms`;
}

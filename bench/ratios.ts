/** What one route did in each round, in the order of rounds. */
export type Results<Value> = ReadonlyMap<string, readonly Value[]>;

/** Per round, `of` divided by `by`, so that what slows a whole round falls out. */
export function ratios<Value>(
  results: Results<Value>,
  of: string,
  by: string,
  value: (measured: Value) => number,
): number[] {
  const divisors = results.get(by) ?? [];
  return (results.get(of) ?? []).map((each, round) => {
    const divisor = divisors[round];
    return divisor === undefined ? Number.NaN : value(each) / value(divisor);
  });
}

/** In Markdown. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}

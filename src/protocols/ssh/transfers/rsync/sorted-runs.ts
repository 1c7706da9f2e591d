/** Where a value stands, and the value. */
interface Keyed<Value> {
  readonly key: string;
  readonly value: Value;
}

const runLength = 512;

/**
 * Sorts values as they come, so that the last one does not cost as much as all of them together:
 * short runs are sorted, and two of about the same length made one. Equal keys keep their order.
 */
export class SortedRuns<Value> {
  readonly #runs: Keyed<Value>[][] = [];
  #fresh: Keyed<Value>[] = [];

  add(key: string, value: Value): void {
    this.#fresh.push({ key, value });
    if (this.#fresh.length < runLength) return;
    this.#closeRun();
    while (this.#lastTwoAreAlike()) this.#mergeLastTwo();
  }

  /** Of no use afterwards. */
  all(): readonly Value[] {
    this.#closeRun();
    while (this.#runs.length > 1) this.#mergeLastTwo();
    return (this.#runs[0] ?? []).map(({ value }) => value);
  }

  #closeRun(): void {
    this.#runs.push(this.#fresh.sort(compare));
    this.#fresh = [];
  }

  #lastTwoAreAlike(): boolean {
    const [before, last] = this.#runs.slice(-2);
    return before !== undefined && last !== undefined && before.length <= last.length;
  }

  #mergeLastTwo(): void {
    const later = this.#runs.pop() ?? [];
    const earlier = this.#runs.pop() ?? [];
    this.#runs.push(merged(earlier, later));
  }
}

function compare(one: { key: string }, other: { key: string }): number {
  if (one.key === other.key) return 0;
  return one.key < other.key ? -1 : 1;
}

function merged<Value>(
  earlier: readonly Keyed<Value>[],
  later: readonly Keyed<Value>[],
): Keyed<Value>[] {
  const out: Keyed<Value>[] = [];
  let at = 0;
  for (const one of earlier) {
    for (let next = later[at]; next !== undefined && next.key < one.key; next = later[at]) {
      out.push(next);
      at += 1;
    }
    out.push(one);
  }
  return out.concat(later.slice(at));
}

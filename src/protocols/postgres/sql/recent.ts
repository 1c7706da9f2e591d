/**
 * Remembers what was used recently, within a budget of bytes: two generations of half the budget
 * each. A use brings an entry into the young one; when that is full it becomes the old one, and
 * what the old one still held is forgotten. (Strict order of use, by deleting from and adding to
 * one Map at every use, costs forty times as much once the Map is large.)
 */
export class Recent<Value> {
  readonly #half: number;
  #young = new Map<string, Entry<Value>>();
  #old = new Map<string, Entry<Value>>();
  #bytes = 0;

  constructor(budget: number) {
    this.#half = budget / 2;
  }

  get(key: string): Value | undefined {
    const entry = this.#young.get(key);
    if (entry !== undefined) return entry.value;
    const older = this.#old.get(key);
    if (older === undefined) return undefined;
    this.#add(key, older);
    return older.value;
  }

  /** An entry of more than a quarter of the budget is not kept: it would push out all others. */
  set(key: string, value: Value, bytes: number): void {
    if (bytes > this.#half / 2) return;
    this.#add(key, { value, bytes });
  }

  #add(key: string, entry: Entry<Value>): void {
    if (this.#bytes + entry.bytes > this.#half) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#bytes = 0;
    }
    this.#young.set(key, entry);
    this.#bytes += entry.bytes;
  }
}

interface Entry<Value> {
  readonly value: Value;
  readonly bytes: number;
}

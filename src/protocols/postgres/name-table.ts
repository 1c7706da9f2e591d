/**
 * Entries by the names of statements or portals. The unnamed one has a field of its own: it comes
 * and goes with nearly every statement, and a Map makes itself anew every few times.
 */
export class NameTable<Entry> {
  #unnamed: Entry | undefined;
  /** Made when first needed: most segments name only the unnamed anew. */
  #named: Map<string, Entry> | null = null;

  get size(): number {
    const named = this.#named?.size ?? 0;
    return this.#unnamed === undefined ? named : named + 1;
  }

  get(name: string): Entry | undefined {
    return name === '' ? this.#unnamed : this.#named?.get(name);
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  set(name: string, entry: Entry): void {
    if (name === '') {
      this.#unnamed = entry;
      return;
    }
    this.#named ??= new Map();
    this.#named.set(name, entry);
  }

  delete(name: string): void {
    if (name === '') this.#unnamed = undefined;
    else this.#named?.delete(name);
  }

  clear(): void {
    this.#unnamed = undefined;
    this.#named = null;
  }

  entries(): readonly Entry[] {
    const named = [...(this.#named?.values() ?? [])];
    return this.#unnamed === undefined ? named : [this.#unnamed, ...named];
  }

  /** Keeps only what `stays` is true of. */
  retain(stays: (entry: Entry) => boolean): void {
    if (this.#unnamed !== undefined && !stays(this.#unnamed)) this.#unnamed = undefined;
    if (this.#named === null || this.#named.size === 0) return;
    for (const [name, entry] of this.#named) if (!stays(entry)) this.#named.delete(name);
  }
}

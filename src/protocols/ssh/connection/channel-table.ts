/** Channels by number. Numbers are used again, so that the table stays small. */
export class ChannelTable<Entry> {
  readonly #entries = new Map<number, Entry>();
  readonly #free: number[] = [];
  #next = 0;

  reserve(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    this.#next += 1;
    return this.#next - 1;
  }

  add(entry: Entry): number {
    const id = this.reserve();
    this.#entries.set(id, entry);
    return id;
  }

  get(id: number): Entry | undefined {
    return this.#entries.get(id);
  }

  set(id: number, entry: Entry): void {
    this.#entries.set(id, entry);
  }

  remove(id: number): void {
    if (this.#entries.delete(id)) this.#free.push(id);
  }

  /** Empties it, and returns what was in it. */
  clear(): readonly Entry[] {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    return entries;
  }
}

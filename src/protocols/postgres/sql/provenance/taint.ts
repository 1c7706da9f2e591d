import type { NameKnowledge } from './assess.ts';
import type { Item, Named, Span, StatementShape } from './shape.ts';

const plain = /^[\x20-\x7e]*$/;

/**
 * Which names of a statement may stand for something masked. Scopes are not told apart: a name
 * that is masked anywhere is masked everywhere, which is never too little.
 */
export class Taint {
  readonly #known: NameKnowledge;
  readonly #names = new Set<string>();
  /** All columns of the tables with masked ones, and what the statement itself names. */
  readonly #columns = new Set<string>();
  /** Items up to here that hold something masked, or name it. */
  readonly #holding: readonly number[];
  readonly #naming: readonly number[];
  readonly #mentioning: readonly number[];
  /** A masked name is not ASCII: the server may fold others to it that are not equal here. */
  #wide = false;
  /** Any name may stand for something masked. */
  #everything = false;
  #touched = false;
  readonly runsOther: boolean;
  #unknown: Named | null = null;

  constructor(shape: StatementShape, known: NameKnowledge) {
    this.#known = known;
    const { items } = shape;
    this.runsOther = items.some((item) => this.#isOther(item));
    this.#everything = known.convertsUnasked;
    for (const item of items) if (item.kind === 'table') this.#enter(item, shape.ctes);
    for (const { into } of shape.flows) for (const name of into ?? []) this.#columns.add(name);
    if (this.touched) this.#spread(shape);
    this.#holding = running(items, (item) => !isCounted(item) && this.#taints(item));
    this.#naming = running(items, (item) => this.#taints(item));
    this.#mentioning = running(items, (item) => item.kind === 'column' && this.#taints(item));
  }

  /** A relation with masked columns, or code that may read any. */
  get touched(): boolean {
    return this.#touched || this.runsOther;
  }

  /** The first relation of which it is not known what it is; null: all of them are known. */
  get unknown(): Named | null {
    return this.#unknown;
  }

  /** Whether a part of the statement yields something masked. */
  holds(span: Span): boolean {
    return inside(this.#holding, span);
  }

  /** Whether it looks at something masked, and be it to count it. */
  names(span: Span): boolean {
    return inside(this.#naming, span);
  }

  /** Whether it names something masked, whatever other code is in it. */
  mentions(span: Span): boolean {
    return inside(this.#mentioning, span);
  }

  /** Whether something masked may be kept with it. What other code fetches by itself is not seen. */
  keeps(span: Span): boolean {
    return this.#touched ? this.holds(span) : this.mentions(span);
  }

  named(name: string): boolean {
    return this.#everything || this.#names.has(name);
  }

  #enter(item: Extract<Item, { kind: 'table' }>, ctes: ReadonlySet<string>): void {
    const tables = this.#known.tables(item);
    if (tables === null) {
      if (item.schema === null && ctes.has(item.name)) return;
      this.#everything = true;
      this.#touched = true;
      this.#unknown ??= item;
      return;
    }
    for (const { masked, columns } of tables) {
      if (masked.size === 0) continue;
      this.#touched = true;
      for (const name of masked) {
        this.#names.add(name);
        this.#wide ||= !plain.test(name);
      }
      for (const name of columns) this.#columns.add(name);
      this.#whole(item);
    }
  }

  /** A relation that holds something masked: as a row, and by the names it is given. */
  #whole(item: Extract<Item, { kind: 'table' }>): void {
    this.#names.add(item.name);
    if (item.alias !== null) this.#names.add(item.alias);
    for (const name of item.columnAliases) this.#names.add(name);
  }

  /** Until no name is added: whoever is computed from something masked is masked. */
  #spread({ flows, items }: StatementShape): void {
    for (let before = -1; before !== this.#size; ) {
      before = this.#size;
      const values = running(items, (item) => !isCounted(item) && this.#taints(item));
      const whole = running(items, (item) => !isCounted(item) && this.#taintsRow(item));
      for (const { into, span, rows } of flows) {
        if (!inside(rows ? whole : values, span)) continue;
        if (into === null) this.#everything = true;
        else for (const name of into) this.#names.add(name);
      }
      for (const item of items) {
        if (item.kind === 'table' && this.#names.has(item.name)) this.#whole(item);
      }
    }
  }

  get #size(): number {
    return this.#names.size + (this.#everything ? 1 : 0);
  }

  /** The same with relations: what comes from one with masked columns is so as a row. */
  #taintsRow(item: Item): boolean {
    if (item.kind !== 'table') return this.#taints(item);
    return this.#names.has(item.name) || this.#everything;
  }

  #taints(item: Item): boolean {
    if (item.kind !== 'column') return this.#isOther(item);
    if (this.#known.isUserFunction(item.name) && item.qualifier !== null) return true;
    if (!this.touched) return false;
    if (this.#everything || item.name === '*' || this.#names.has(item.name)) return true;
    if (this.#wide && !plain.test(item.name)) return true;
    // `c.lower` calls lower(c) where c has no such column.
    return item.qualifier !== null && this.#names.has(item.qualifier)
      ? !this.#columns.has(item.name)
      : false;
  }

  #isOther(item: Item): boolean {
    if (item.kind === 'call') {
      const { convertsUnasked } = this.#known;
      return convertsUnasked || !item.builtin || this.#known.isUserFunction(item.name);
    }
    if (item.kind !== 'type') return false;
    return item.builtin ? this.#known.isConverted(item.name) : !this.#known.isPlainType(item.name);
  }
}

function isCounted(item: Item): boolean {
  return item.kind === 'column' && item.counted;
}

/** How many of the items before each one are meant. */
function running(items: readonly Item[], meant: (item: Item) => boolean): readonly number[] {
  const counts = [0];
  let count = 0;
  for (const item of items) {
    if (meant(item)) count += 1;
    counts.push(count);
  }
  return counts;
}

function inside(counts: readonly number[], { from, to }: Span): boolean {
  return (counts[to] ?? 0) > (counts[from] ?? 0);
}

import type { JsonValue } from '../../../../core/json.ts';
import { type Fields, nameParts, stringOf, unwrap } from '../tree.ts';
import type { Change } from './change.ts';
import type { Copy, Flow, Item, Move, Named, Output, Span, StatementShape } from './shape.ts';

/** Beyond these a statement is taken for one that cannot be judged. */
const maxItems = 20_000;

/** Thrown for a statement that says too much to be followed. */
export class TooMuchError extends Error {}

/** What is collected while one statement is walked. */
export class ShapeGathering {
  readonly #items: Item[] = [];
  readonly #flows: Flow[] = [];
  readonly ctes = new Set<string>();
  readonly #predicates: Span[] = [];
  readonly #moves: Move[] = [];
  readonly #handed: Span[] = [];
  readonly changes: Change[] = [];
  outputs: readonly (readonly Output[])[] | null = null;
  opaque = false;
  plan = false;
  keepsExecuted = false;
  copy: Copy | null = null;
  #counting = 0;

  /** Walks with `walk` and returns what it said. */
  span(walk: () => void): Span {
    const from = this.#items.length;
    walk();
    return { from, to: this.#items.length };
  }

  column(qualifier: string | null, name: string): void {
    this.#add({ kind: 'column', qualifier, name, counted: this.#counting > 0 });
  }

  table(table: Extract<Item, { kind: 'table' }>): void {
    this.#add(table);
  }

  named(kind: 'call' | 'type', name: string, builtin: boolean): void {
    this.#add({ kind, name, builtin });
  }

  /** What `walk` names is only counted. */
  counted(walk: () => void): void {
    this.#counting += 1;
    walk();
    this.#counting -= 1;
  }

  /** No names: nothing to say. */
  flow(into: readonly string[] | null, span: Span, rows = false): void {
    if (into === null || into.length > 0) this.#flows.push({ into, span, rows });
  }

  predicate(span: Span): void {
    if (span.to > span.from) this.#predicates.push(span);
  }

  move(move: Move): void {
    if (move.span.to > move.span.from) this.#moves.push(move);
  }

  handed(span: Span): void {
    if (span.to > span.from) this.#handed.push(span);
  }

  shape(): StatementShape {
    return {
      items: this.#items,
      flows: this.#flows,
      ctes: this.ctes,
      outputs: this.outputs,
      predicates: this.#predicates,
      moves: this.#moves,
      handed: this.#handed,
      opaque: this.opaque,
      plan: this.plan,
      changes: this.changes,
      copy: this.copy,
      keepsExecuted: this.keepsExecuted,
    };
  }

  #add(item: Item): void {
    this.#items.push(item);
    if (this.#items.length > maxItems) throw new TooMuchError();
  }
}

/** One that says nothing that could be judged. */
export function opaqueShape(): StatementShape {
  const out = new ShapeGathering();
  out.opaque = true;
  out.changes.push({ kind: 'anything' });
  return out.shape();
}

/** A `RangeVar`'s own name. */
export function namedBy(fields: Fields): Named {
  return { schema: stringOf(fields.schemaname) || null, name: stringOf(fields.relname) };
}

/** A `ColumnRef`'s qualifier and name; `*` for a star. */
export function referenceOf(fields: Fields): {
  readonly qualifier: string | null;
  readonly name: string;
} {
  const parts = Array.isArray(fields.fields) ? fields.fields.map(partOf) : [];
  return { qualifier: parts.at(-2) ?? null, name: parts.at(-1) ?? '*' };
}

function partOf(value: JsonValue): string {
  const node = unwrap(value);
  return node?.kind === 'String' ? stringOf(node.fields.sval) : '*';
}

export function lastName(value: JsonValue | undefined): string {
  return nameParts(value).at(-1) ?? '';
}

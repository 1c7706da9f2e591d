import { resultColumns } from './builtin-names.ts';
import { called } from './calls.ts';
import type { Gathering } from './findings.ts';
import { type Fields, isObject, listOf, nameParts, stringOf, unwrap } from './tree.ts';

/**
 * Finds calls in attribute notation. PostgreSQL takes `(x).f` for `f(x)` when x has no such
 * attribute, whatever the type of x: `SELECT (4711).lo_create` makes a large object. A function
 * in FROM is such an x by its alias: `SELECT g.wipe FROM generate_series(1, 1) g` calls wipe.
 */
export class AttributeCalls {
  /** By alias, the columns that every function of that alias has. */
  readonly #columns = new Map<string, ReadonlySet<string>>();
  readonly #references: (readonly [alias: string, name: string])[] = [];

  /** A `RangeFunction`. */
  fromFunction(fields: Fields): void {
    const alias = isObject(fields.alias) ? fields.alias : null;
    const given = alias === null ? [] : nameParts(alias.colnames);
    const functions = listOf(fields.functions).map((item) => listOf(unwrap(item)?.fields.items));
    const names = functions.map(([call]) => nameParts(unwrap(call)?.fields.funcname).at(-1) ?? '');
    const results = names.length === 1 ? (resultColumns.get(names[0] ?? '') ?? []) : [];
    const columns = new Set([...given, ...results.slice(given.length)]);
    for (const list of [listOf(fields.coldeflist), ...functions.map(definitions)]) {
      for (const column of list) columns.add(stringOf(unwrap(column)?.fields.colname));
    }
    if (fields.ordinality === true) columns.add('ordinality');
    for (const name of alias === null ? names : [stringOf(alias.aliasname)]) {
      if (given.length === 0 && results.length === 0) columns.add(name);
      const others = this.#columns.get(name);
      const common = [...columns].filter((column) => others?.has(column) ?? true);
      this.#columns.set(name, new Set(common));
    }
  }

  /** A `ColumnRef`. */
  columnReference(fields: Fields): void {
    const list = listOf(fields.fields);
    if (list.length < 2) return;
    const parts = nameParts(list);
    const alias = parts.at(-2);
    const name = parts.at(-1);
    if (parts.length === list.length && alias !== undefined && name !== undefined) {
      this.#references.push([alias, name]);
    }
  }

  /** An `A_Indirection`: `(x).f`. */
  indirection(fields: Fields, out: Gathering): void {
    const base = unwrap(fields.arg);
    const function_ = base?.kind === 'FuncCall' ? nameParts(base.fields.funcname).at(-1) : null;
    const known = resultColumns.get(function_ ?? '');
    for (const name of nameParts(fields.indirection)) {
      if (known?.includes(name) !== true) called(out, [name], undefined);
    }
  }

  /** Once the whole statement was seen: an alias may be used before FROM makes it. */
  settle(out: Gathering): void {
    if (this.#columns.size === 0) return;
    for (const [alias, name] of this.#references) {
      if (this.#columns.get(alias)?.has(name) === false) called(out, [name], undefined);
    }
  }
}

function definitions(items: readonly (Fields[string] | undefined)[]) {
  return listOf(unwrap(items[1])?.fields.items);
}

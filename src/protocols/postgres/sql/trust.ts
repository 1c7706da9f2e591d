import type { SqlName } from '../../../core/facts.ts';

/** Names that a connection trusts beyond the built-in list. */
export class Trust {
  /** Equal for equal lists. */
  readonly key: string;
  readonly #names: ReadonlySet<string>;

  constructor(names: readonly string[]) {
    this.#names = new Set(names);
    this.key = JSON.stringify([...this.#names].sort());
  }

  /**
   * `schema.name` trusts calls that name the schema. A call without one may mean any schema of
   * search_path, so it is trusted only as `name`, or as `pg_catalog.name`, which is searched first.
   */
  covers({ schema, name }: SqlName): boolean {
    if (schema !== null) return this.#names.has(`${schema}.${name}`);
    return this.#names.has(name) || this.#names.has(`pg_catalog.${name}`);
  }
}

import type { Gathering } from './findings.ts';
import { relationRole } from './relation-roles.ts';
import { type Fields, stringOf } from './tree.ts';

/** What a relation's name means where it stands. */
export class Scope {
  /** Inside an EXPLAIN that only plans. */
  planning = false;
  /** Inside FROM of a SELECT … FOR UPDATE. */
  #locking = false;
  /** Names of CTEs in scope, innermost last, and how often each is there. */
  readonly #ctes: string[] = [];
  readonly #counts = new Map<string, number>();

  /** Into a statement, which may be inside another. The result leads back out. */
  enter(): () => void {
    const { planning } = this;
    const ctes = this.#ctes.length;
    return () => {
      this.planning = planning;
      while (this.#ctes.length > ctes) this.#forget(this.#ctes.pop() ?? '');
    };
  }

  lock(): () => void {
    const outer = this.#locking;
    this.#locking = true;
    return () => {
      this.#locking = outer;
    };
  }

  cte(name: string): void {
    this.#ctes.push(name);
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  /** A `RangeVar`. */
  relation(fields: Fields, parent: string, field: string, out: Gathering): void {
    const name = stringOf(fields.relname);
    const schema = stringOf(fields.schemaname) || null;
    switch (relationRole(parent, field)) {
      case 'written':
        this.#written(schema, name, out);
        break;
      case 'queried':
        if (schema === null && this.#counts.has(name)) return;
        out.class('read');
        out.reads.add(schema, name);
        if (this.#locking) out.writes.add(schema, name);
        break;
      case 'read':
        out.reads.add(schema, name);
        break;
      case 'none':
        break;
    }
  }

  /** The catalog is where rights and definitions are; `pg_settings` sets settings. */
  #written(schema: string | null, name: string, out: Gathering): void {
    out.writes.add(schema, name);
    const catalog = schema === 'pg_catalog' || (schema === null && name.startsWith('pg_'));
    if (catalog && !this.planning) out.class('ddl', 'dcl');
  }

  #forget(name: string): void {
    const count = (this.#counts.get(name) ?? 0) - 1;
    if (count > 0) this.#counts.set(name, count);
    else this.#counts.delete(name);
  }
}

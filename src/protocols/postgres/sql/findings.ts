import { type SqlClass, type SqlFacts, type SqlName, sqlClasses } from '../../../core/facts.ts';

/** What one text's trees show, before anybody's trust in functions is applied. */
export interface Findings {
  readonly classes: readonly SqlClass[];
  readonly facts: Omit<SqlFacts, 'classes'>;
  /** Calls outside the built-in list: opaque unless every one is trusted. */
  readonly untrusted: readonly SqlName[];
  /** EXECUTE, FETCH and MOVE whose text is elsewhere. */
  readonly unresolved: number;
  /** Why it can never pass. */
  readonly barred: string | null;
}

class NameSet {
  readonly #names = new Map<string, SqlName>();

  add(schema: string | null, name: string): void {
    const key = schema === null ? name : `${schema}\0${name}`;
    if (!this.#names.has(key)) this.#names.set(key, { schema, name });
  }

  all(): readonly SqlName[] {
    return this.#names.size === 0 ? empty : [...this.#names.values()];
  }
}

/** Most facts of most statements: shared, because thousands are remembered. */
const empty: readonly never[] = [];

/** Gathers facts while the trees of one text are walked. Everything is a set. */
export class Gathering {
  readonly classes = new Set<SqlClass>();
  readonly statements = new Set<string>();
  readonly reads = new NameSet();
  readonly writes = new NameSet();
  readonly functions = new NameSet();
  readonly untrusted = new NameSet();
  readonly where = new Set<SqlFacts['where'][number]>();
  readonly copy = new Set<SqlFacts['copy'][number]>();
  rowLocks = false;
  into = false;
  unresolved = 0;
  barred: string | null = null;

  class(...classes: readonly SqlClass[]): void {
    for (const name of classes) this.classes.add(name);
  }

  findings(statementCount: number): Findings {
    return {
      classes: ordered(this.classes),
      facts: {
        protocol: 'postgres',
        statements: [...this.statements],
        reads: this.reads.all(),
        writes: this.writes.all(),
        functions: this.functions.all(),
        where: this.where.size === 0 ? empty : [...this.where],
        copy: this.copy.size === 0 ? empty : [...this.copy],
        statementCount,
        rowLocks: this.rowLocks,
        into: this.into,
        // Only a session knows what is masked in it.
        maskedPredicate: false,
      },
      untrusted: this.untrusted.all(),
      unresolved: this.unresolved,
      barred: this.barred,
    };
  }
}

/** In the order of `sqlClasses`. */
export function ordered(classes: ReadonlySet<SqlClass>): SqlClass[] {
  return sqlClasses.filter((name) => classes.has(name));
}

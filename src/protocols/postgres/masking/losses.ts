import type { ColumnMasking } from '../../../core/masking.ts';
import type { Change, Loss, Renaming } from '../sql/provenance/change.ts';
import type { Named } from '../sql/provenance/shape.ts';
import type { Catalog } from './catalog.ts';
import {
  type CatalogColumn,
  type CatalogForeignKey,
  type CatalogRelation,
  firstUserOid,
} from './catalog-query.ts';

/** What is masked in one reading of the catalog, as far as a change of it matters. */
export interface Holdings {
  readonly catalog: Catalog;
  readonly masking: ColumnMasking;
  named(table: Named): readonly CatalogRelation[];
  columnsIn(relation: number): readonly CatalogColumn[];
  isMasked(relation: number, column: number): boolean;
}

/**
 * Tells what a change would leave unmasked. A column is masked because a rule names it, which
 * another name undoes, or for what ties it to such a column: a foreign key, a parent, a child,
 * an expression, rows of its table. Its values stay when the tie is cut.
 */
export class Losses {
  readonly #holdings: Holdings;
  readonly #relations: ReadonlyMap<number, CatalogRelation>;

  constructor(holdings: Holdings) {
    this.#holdings = holdings;
    this.#relations = new Map(holdings.catalog.relations.map((each) => [each.oid, each]));
  }

  of(change: Change): Loss | null {
    switch (change.kind) {
      case 'renamed':
        return this.#renamed(change.relation, change.column, change.to);
      case 'parted':
        return first(change.relations, (relation) =>
          this.#inAny(relation, (found) => this.#anyTied(found.oid)),
        );
      case 'column':
        return this.#column(change);
      case 'constraint_dropped':
        return this.#inAny(change.relation, ({ oid }) =>
          this.#keys((key) => {
            const own = key.to === oid && key.name === change.name;
            return own || (change.cascade && key.from === oid);
          }),
        );
      case 'dropped':
        return this.#dropped(change.relations);
      case 'function_dropped':
        return this.#keys((key) => key.ownOperators);
      case 'catalog_written':
        return first(this.#holdings.named(change.relation), (each) =>
          each.oid < firstUserOid && each.kind === 'r' ? lossOf(each) : null,
        );
      case 'view':
        return change.replaces ? this.#rowsOf(change.relation) : null;
      default:
        return null;
    }
  }

  #renamed(named: Named, column: string | null, to: Renaming): Loss | null {
    if (named.name === '*') {
      return first(this.#holdings.named(named), (each) => this.#loseNames(each, null, to));
    }
    return this.#inAny(named, (found) =>
      first(column === null ? [found] : this.#below(found), (each) =>
        this.#loseNames(each, column, to),
      ),
    );
  }

  /** Columns that no rule names any more under what they are to be called. */
  #loseNames(relation: CatalogRelation, column: string | null, to: Renaming): Loss | null {
    const now = { schema: relation.schema, table: relation.name };
    const then = { schema: to.schema ?? now.schema, table: to.name ?? now.table };
    const { masking, columnsIn } = this.#holdings;
    const lost = columnsIn(relation.oid).some(({ name }) => {
      if (column !== null && name !== column) return false;
      const after = masking.maskFor({ ...then, column: to.column ?? name });
      return after === null && masking.maskFor({ ...now, column: name }) !== null;
    });
    return lost ? lossOf(relation) : null;
  }

  #column({ relation, column, loses }: Extract<Change, { kind: 'column' }>): Loss | null {
    return this.#inAny(relation, (found) =>
      first(this.#below(found), (each) => {
        const own = this.#holdings.columnsIn(each.oid).find(({ name }) => name === column);
        if (own === undefined) return null;
        if (loses === 'itself') return this.#withoutColumn(each, own);
        const cut = loses === 'expression' ? own.generated : own.rowsOf !== 0;
        return cut && this.#isTied(each.oid, own) ? lossOf(each) : null;
      }),
    );
  }

  /** Foreign keys go with it, and children may keep their own. */
  #withoutColumn({ oid }: CatalogRelation, { number, name }: CatalogColumn): Loss | null {
    const children = this.#holdings.catalog.inherits.filter(({ from }) => from === oid);
    const kept = first(children, ({ to }) => {
      const own = this.#holdings.columnsIn(to).find((each) => each.name === name);
      return own !== undefined && this.#isTied(to, own) ? this.#lossIn(to) : null;
    });
    if (kept !== null) return kept;
    return this.#keys(({ from, to, columns }) =>
      columns.some(([target, own]) => {
        return (from === oid && target === number) || (to === oid && own === number);
      }),
    );
  }

  #dropped(relations: readonly Named[] | null): Loss | null {
    if (relations === null) return this.#keys(() => true);
    const gone = new Set(
      relations
        .flatMap((each) => this.#holdings.named(each))
        .flatMap((each) => this.#below(each))
        .map(({ oid }) => oid),
    );
    return this.#keys(({ from, to }) => gone.has(from) && !gone.has(to));
  }

  /** Of foreign keys that would go: what is masked for one of them. */
  #keys(goes: (key: CatalogForeignKey) => boolean): Loss | null {
    return first(this.#holdings.catalog.foreignKeys.filter(goes), ({ to, columns }) => {
      const own = this.#holdings.columnsIn(to);
      const tied = columns.some(([, number]) =>
        own.some((column) => column.number === number && this.#isTied(to, column)),
      );
      return tied ? this.#lossIn(to) : null;
    });
  }

  /** Columns of tables that hold rows of a view, whose meaning would change. */
  #rowsOf(view: Named): Loss | null {
    const oids = new Set(this.#holdings.named(view).map(({ oid }) => oid));
    const holding = this.#holdings.catalog.columns.find((column) => {
      return oids.has(column.rowsOf) && this.#isTied(column.relation, column);
    });
    return holding === undefined ? null : this.#lossIn(holding.relation);
  }

  #anyTied(relation: number): Loss | null {
    const tied = this.#holdings.columnsIn(relation).some((each) => this.#isTied(relation, each));
    return tied ? this.#lossIn(relation) : null;
  }

  /** Whether it is masked, and no rule names it. */
  #isTied(relation: number, column: CatalogColumn): boolean {
    const { masking, isMasked } = this.#holdings;
    const found = this.#relations.get(relation);
    if (found === undefined || !isMasked(relation, column.number)) return false;
    const { schema, name: table } = found;
    return masking.maskFor({ schema, table, column: column.name }) === null;
  }

  #lossIn(relation: number): Loss | null {
    const found = this.#relations.get(relation);
    return found === undefined ? null : lossOf(found);
  }

  /** Every relation that the name may mean; one that is not known may be masked. */
  #inAny(named: Named, loss: (relation: CatalogRelation) => Loss | null): Loss | null {
    const relations = this.#holdings.named(named);
    if (relations.length === 0) return { kind: 'unknown', relation: named };
    return first(relations, loss);
  }

  /** With its children, and tables of its type: what is done to a column is done to theirs. */
  #below(relation: CatalogRelation): readonly CatalogRelation[] {
    const { inherits, relations } = this.#holdings.catalog;
    const found = new Set([relation.oid]);
    for (const oid of found) {
      for (const { from, to } of inherits) if (from === oid) found.add(to);
      for (const each of relations) if (each.ofType === oid) found.add(each.oid);
    }
    return [...found].flatMap((oid) => this.#relations.get(oid) ?? []);
  }
}

function first<Each>(all: readonly Each[], loss: (each: Each) => Loss | null): Loss | null {
  for (const each of all) {
    const found = loss(each);
    if (found !== null) return found;
  }
  return null;
}

function lossOf({ schema, name }: CatalogRelation): Loss {
  return { kind: 'lost', relation: { schema, name } };
}

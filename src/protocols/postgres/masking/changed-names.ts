import type { KnownTable, NameKnowledge } from '../sql/provenance/assess.ts';
import type { Change, Loss } from '../sql/provenance/change.ts';
import type { Named, StatementShape } from '../sql/provenance/shape.ts';
import { isOwn, unknownLoss } from './unknown-names.ts';

type Standing = 'new' | 'unclear';

interface Changes {
  /** By name alone: the same in every schema. */
  readonly relations: ReadonlyMap<string, Standing>;
  readonly functions: ReadonlySet<string>;
  readonly types: ReadonlySet<string>;
  readonly casts: boolean;
  readonly anything: boolean;
}

const none: Changes = {
  relations: new Map(),
  functions: new Set(),
  types: new Set(),
  casts: false,
  anything: false,
};

const empty: KnownTable = { masked: new Set(), columns: new Set() };

/**
 * What names stand for after what a transaction did, which nobody else can see in the catalog.
 * Everything that was true stays possible: a ROLLBACK TO may bring it back.
 */
export class ChangedNames implements NameKnowledge {
  readonly #known: NameKnowledge;
  readonly #changes: Changes;

  private constructor(known: NameKnowledge, changes: Changes) {
    this.#known = known;
    this.#changes = changes;
  }

  static begin(known: NameKnowledge): ChangedNames {
    return new ChangedNames(known, none);
  }

  /** Any name may mean something else, PostgreSQL's own aside. */
  get anything(): boolean {
    return this.#changes.anything;
  }

  /** `clean`: the statement had nothing to do with what is masked. */
  after({ changes }: Pick<StatementShape, 'changes'>, clean: boolean): ChangedNames {
    return changes.reduce((names: ChangedNames, change) => names.#with(change, clean), this);
  }

  tables(table: Named): readonly KnownTable[] | null {
    if (this.anything && !isOwn(table)) return null;
    const known = this.#known.tables(table);
    switch (this.#changes.relations.get(table.name)) {
      case 'new':
        return [...(known ?? []), empty];
      case 'unclear':
        return null;
      default:
        return known;
    }
  }

  isUserFunction(name: string): boolean {
    return this.#changes.functions.has(name) || this.#known.isUserFunction(name);
  }

  isPlainType(name: string): boolean {
    return !this.#changes.types.has(name) && this.#known.isPlainType(name);
  }

  isConverted(name: string): boolean {
    return this.#changes.casts || this.#known.isConverted(name);
  }

  get convertsUnasked(): boolean {
    return this.#changes.casts || this.#known.convertsUnasked;
  }

  isRuled(table: Named, column: string | null): boolean {
    return this.#known.isRuled(table, column);
  }

  loses(change: Change): Loss | null {
    const loss = this.#known.loses(change);
    if (loss?.kind === 'lost') return loss;
    return unknownLoss(change, (relation) => this.#isUnclear(relation, loss !== null));
  }

  #isUnclear({ name }: Named, unknown: boolean): boolean {
    if (this.anything) return true;
    const standing = this.#changes.relations.get(name);
    return standing === 'unclear' || (standing === undefined && unknown);
  }

  #with(change: Change, clean: boolean): ChangedNames {
    switch (change.kind) {
      case 'made':
        return this.#standing(change.relation, this.isRuled(change.relation, null));
      case 'unclear':
        return this.#standing(change.relation, true);
      case 'column_added': {
        const { relation, column, generated } = change;
        const masked = this.isRuled(relation, column) || (generated && this.#masks(relation));
        return masked ? this.#standing(relation, true) : this;
      }
      case 'view':
        if (clean) return this.#standing(change.relation, this.isRuled(change.relation, null));
        // Others may be made of it.
        return change.replaces
          ? this.#and({ anything: true })
          : this.#standing(change.relation, true);
      case 'renamed':
        return this.#renamed(change);
      case 'function':
        return this.#and({ functions: new Set([...this.#changes.functions, change.name]) });
      case 'type':
        return this.#and({ types: new Set([...this.#changes.types, change.name]) });
      case 'cast':
        return this.#and({ casts: true });
      case 'anything':
        return this.#and({ anything: true });
      default:
        return this;
    }
  }

  #renamed({ relation, column, to }: Extract<Change, { kind: 'renamed' }>): ChangedNames {
    if (relation.name === '*') return this.#and({ anything: true });
    const unclear = this.#masks(relation);
    if (column !== null) {
      const ruled = to.column === undefined || this.isRuled(relation, to.column);
      return unclear || ruled ? this.#standing(relation, true) : this;
    }
    const then = { schema: to.schema ?? relation.schema, name: to.name ?? relation.name };
    return this.#standing(then, unclear || this.isRuled(then, null));
  }

  /** Whether it may have masked columns. */
  #masks(relation: Named): boolean {
    const tables = this.tables(relation);
    return tables === null || tables.some(({ masked }) => masked.size > 0);
  }

  #standing({ name }: Named, unclear: boolean): ChangedNames {
    const { relations } = this.#changes;
    const standing = unclear || relations.get(name) === 'unclear' ? 'unclear' : 'new';
    if (relations.get(name) === standing) return this;
    return this.#and({ relations: new Map([...relations, [name, standing]]) });
  }

  #and(more: Partial<Changes>): ChangedNames {
    return new ChangedNames(this.#known, { ...this.#changes, ...more });
  }
}

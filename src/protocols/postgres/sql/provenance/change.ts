import type { Named } from './shape.ts';

/** What one statement does to definitions, as far as names and masks hang on them. */
export type Change =
  /** Null for `column`: the relation itself, or all of a schema's. `to` has what becomes another. */
  | {
      readonly kind: 'renamed';
      readonly relation: Named;
      readonly column: string | null;
      readonly to: Renaming;
    }
  /** A child, or a partition, and its parent are no longer such. */
  | { readonly kind: 'parted'; readonly relations: readonly Named[] }
  /** A column loses its expression, its type or, with all that hangs on it, itself. */
  | {
      readonly kind: 'column';
      readonly relation: Named;
      readonly column: string;
      readonly loses: 'expression' | 'type' | 'itself';
    }
  | {
      readonly kind: 'constraint_dropped';
      readonly relation: Named;
      readonly name: string;
      readonly cascade: boolean;
    }
  /** With CASCADE. Null: what goes with it cannot be told. */
  | { readonly kind: 'dropped'; readonly relations: readonly Named[] | null }
  /** With CASCADE: it can take a foreign key only where that compares by an operator of somebody's. */
  | { readonly kind: 'function_dropped' }
  /** Rows of what may be one of PostgreSQL's own catalogs. */
  | { readonly kind: 'catalog_written'; readonly relation: Named }
  /** It is new, and holds only what is stored in it. */
  | { readonly kind: 'made'; readonly relation: Named }
  | {
      readonly kind: 'column_added';
      readonly relation: Named;
      readonly column: string;
      readonly generated: boolean;
    }
  | { readonly kind: 'view'; readonly relation: Named; readonly replaces: boolean }
  /** What it holds, or what ties it to others, can no longer be told. */
  | { readonly kind: 'unclear'; readonly relation: Named }
  | { readonly kind: 'function' | 'type'; readonly name: string }
  | { readonly kind: 'cast' }
  /** Any name may mean something else. */
  | { readonly kind: 'anything' };

export interface Renaming {
  readonly schema?: string;
  readonly name?: string;
  readonly column?: string;
}

/** What would no longer be masked. */
export type Loss =
  | { readonly kind: 'lost'; readonly relation: Named }
  /** It cannot be told: what the name means is not known. */
  | { readonly kind: 'unknown'; readonly relation: Named };

import type { Change } from './change.ts';
import type { CopyFormat } from './copy-format.ts';

/**
 * What one statement says about where its results come from, read from the parse tree alone and
 * cut down to names. `items` are all mentions in the order of the walk, so that what is said
 * inside any part of the statement is one span of them.
 */
export interface StatementShape {
  readonly items: readonly Item[];
  /** Names that the statement gives to what it computes. */
  readonly flows: readonly Flow[];
  readonly ctes: ReadonlySet<string>;
  /**
   * Result columns in order, once for each arm of a set operation. Null where the statement has
   * none, or they cannot be told.
   */
  readonly outputs: readonly (readonly Output[])[] | null;
  /** Conditions, orderings and groupings. */
  readonly predicates: readonly Span[];
  /** Values that are stored elsewhere. */
  readonly moves: readonly Move[];
  /** Arguments of functions that may keep them. */
  readonly handed: readonly Span[];
  /** Its result is a plan: no values, but for those of its text and of what planning ran. */
  readonly plan: boolean;
  /** Runs code that the statement does not show. */
  readonly opaque: boolean;
  /** In the order in which it makes them. */
  readonly changes: readonly Change[];
  readonly copy: Copy | null;
  /** CREATE TABLE AS EXECUTE: keeps what another text yields. */
  readonly keepsExecuted: boolean;
}

export type Item =
  /** `name` is `*` for all columns; `qualifier` is the last name before it. */
  | {
      readonly kind: 'column';
      readonly qualifier: string | null;
      readonly name: string;
      /** Only counted: `count(email)`. */
      readonly counted: boolean;
    }
  | ({
      readonly kind: 'table';
      readonly alias: string | null;
      /** `customers AS c (a, b)`. */
      readonly columnAliases: readonly string[];
    } & Named)
  /** A function, an operator or a type that is converted to. */
  | {
      readonly kind: 'call' | 'type';
      readonly name: string;
      readonly builtin: boolean;
    };

export interface Named {
  readonly schema: string | null;
  readonly name: string;
}

/** Items `from` up to but not including `to`. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Whoever says one of these names says what is in the span; null stands for any name. */
export interface Flow {
  readonly into: readonly string[] | null;
  readonly span: Span;
  /** They name whole rows: what comes from a relation with masked columns is masked as one. */
  readonly rows: boolean;
}

export interface Output {
  readonly star: boolean;
  readonly span: Span;
}

export interface Move {
  /** The column that gets it, where the statement names one. */
  readonly column: string | null;
  readonly table: Named | null;
  readonly span: Span;
}

export interface Copy {
  readonly to: 'client' | 'elsewhere';
  /** Null for the result of a query. */
  readonly table: Named | null;
  /** Whether it names columns of the table. */
  readonly named: boolean;
  /** Null where its rows cannot be read for certain. */
  readonly format: CopyFormat | null;
}

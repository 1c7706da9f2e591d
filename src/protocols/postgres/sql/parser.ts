import type { Decidable } from '../../../core/operation.ts';
import type { ParsedStatement } from './parsed-statement.ts';

export type { ParsedStatement } from './parsed-statement.ts';

export interface DecideOptions {
  /**
   * Functions (types, operators) trusted beyond the built-in list: `schema.name`, or `name` for
   * calls that leave the schema to search_path. Pass the same array each time.
   */
  readonly trustedFunctions: readonly string[];
}

/** PostgreSQL's own parser, and what it shows of a text. Never throws for what a client sent. */
export interface SqlParser {
  /** The same object for the same text and options, while it is remembered. */
  decidable(text: string, options: DecideOptions): Decidable;
  /** Statements in order; empty for an empty query and for a text that is barred. */
  statements(text: string): readonly ParsedStatement[];
  /**
   * Merges in what EXECUTE, FETCH and MOVE stand for: one entry for each statement of kind
   * `execute` or `fetch`, in order. Until then, and if the count differs, the class stays
   * unknown. The same object for the same arguments.
   */
  resolve(decidable: Decidable, resolved: readonly Decidable[]): Decidable;
}

export interface SqlParserOptions {
  /** A longer text is barred. Default 1 MiB. */
  readonly maxTextBytes?: number;
  /** Roughly the memory that remembered texts may take. Default 32 MiB. */
  readonly cacheBytes?: number;
}

/** Takes about 30 ms. */
export async function loadSqlParser(_options: SqlParserOptions = {}): Promise<SqlParser> {
  throw new Error('not built yet');
}

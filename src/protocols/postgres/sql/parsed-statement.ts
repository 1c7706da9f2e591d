interface Common {
  /** This statement's own text, without the semicolon. */
  readonly text: string;
}

/** A setting as SET and RESET name it, lower case: `search_path`, `role`, `timezone`. */
export interface NamedSetting {
  readonly name: string;
  /** SET LOCAL: ends with the transaction. */
  readonly local: boolean;
  /** RESET, or SET … TO DEFAULT. */
  readonly reset: boolean;
}

/**
 * What a session has to know of a statement beside its facts: which names it makes, uses and
 * drops, and where transactions begin and end. Names are as the server keeps them, folded and
 * cut to 63 bytes.
 */
export type ParsedStatement =
  /** PREPARE name AS innerText. */
  | (Common & { readonly kind: 'prepare'; readonly name: string; readonly innerText: string })
  /** Runs the statement prepared under `name`: EXECUTE, also below EXPLAIN or CREATE TABLE AS. */
  | (Common & { readonly kind: 'execute'; readonly name: string })
  /** `all`: every prepared statement; `name` is then ''. */
  | (Common & { readonly kind: 'deallocate'; readonly name: string; readonly all: boolean })
  /** DECLARE name CURSOR … FOR innerText. `hold`: it outlives its transaction. */
  | (Common & {
      readonly kind: 'declare';
      readonly name: string;
      readonly innerText: string;
      readonly hold: boolean;
    })
  /** Runs part of the cursor's query: FETCH and MOVE. */
  | (Common & { readonly kind: 'fetch'; readonly name: string })
  | (Common & { readonly kind: 'close'; readonly name: string; readonly all: boolean })
  | (Common & { readonly kind: 'begin' })
  /** `chain`: a new transaction begins at once. */
  | (Common & { readonly kind: 'commit' | 'rollback'; readonly chain: boolean })
  | (Common & {
      readonly kind: 'savepoint' | 'release' | 'rollback_to';
      readonly name: string;
    })
  /** PREPARE TRANSACTION: the session's transaction ends here and lives on under its own name. */
  | (Common & { readonly kind: 'prepare_transaction' })
  /** `setting` is null for RESET ALL. */
  | (Common & { readonly kind: 'set'; readonly setting: NamedSetting | null })
  /** DISCARD ALL drops prepared statements, cursors and settings; `plans` only forgets plans. */
  | (Common & { readonly kind: 'discard'; readonly what: 'all' | 'plans' | 'sequences' | 'temp' })
  | (Common & {
      readonly kind: 'copy';
      readonly transfer: 'from_stdin' | 'to_stdout' | 'from_file' | 'to_file' | 'program';
      /** For `to_stdout`: a query with the columns of its rows, and with generated ones beside `*`. */
      readonly copied: string | null;
    })
  | (Common & { readonly kind: 'other' });

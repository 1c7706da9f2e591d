/** What one statement returned, values as the server's text. */
export interface StatementResult {
  readonly columns: readonly { readonly name: string; readonly type: number }[];
  readonly rows: readonly (readonly (string | null)[])[];
  /** Rows touched or returned, as the command tag says. */
  readonly rowCount: number | null;
  /** There were more rows than were kept. */
  readonly truncated: boolean;
  /** `DELETE`, `SELECT`; empty when the server named none. */
  readonly command: string;
}

export interface SqlError {
  /** SQLSTATE. */
  readonly code: string;
  /** `ERROR`; after `FATAL` the connection is gone. In the language of whoever says it. */
  readonly severity: string;
  readonly message: string;
  readonly detail: string | null;
  readonly hint: string | null;
  /** Character in the text, from 1. */
  readonly position: number | null;
}

/** What came of one text: results in order, and the error that ended them. */
export interface SqlAnswer {
  readonly protocol: 'postgres';
  readonly results: readonly StatementResult[];
  readonly error: SqlError | null;
  /** The connection ended before the server had said that it was done. */
  readonly lost: boolean;
  /** It asked for COPY data, and was told that there is none. */
  readonly wantedCopyData: boolean;
}

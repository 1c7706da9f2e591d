/** What a rule can know of an SQL operation, read from PostgreSQL's own parse tree. */
export const sqlClasses = [
  'read',
  'write',
  'ddl',
  'dcl',
  'session',
  'transaction',
  'opaque',
  'unknown',
] as const;

export type SqlClass = (typeof sqlClasses)[number];

/** `schema` is null where the statement leaves it to search_path. */
export interface SqlName {
  readonly schema: string | null;
  readonly name: string;
}

/**
 * Sets over every statement of the operation, nested ones included. Order carries no meaning.
 * `statements` are command tags in snake_case: `select`, `drop_table`, `copy`.
 */
export interface SqlFacts {
  readonly protocol: 'postgres';
  readonly classes: readonly SqlClass[];
  readonly statements: readonly string[];
  readonly reads: readonly SqlName[];
  readonly writes: readonly SqlName[];
  readonly functions: readonly SqlName[];
  /** How UPDATE and DELETE choose rows; empty when there is none. */
  readonly where: readonly ('present' | 'missing' | 'constant')[];
  readonly copy: readonly ('from_stdin' | 'to_stdout' | 'from_file' | 'to_file' | 'program')[];
  readonly statementCount: number;
  readonly rowLocks: boolean;
  readonly into: boolean;
}

/** Grows by one member for each protocol. */
export type Facts = SqlFacts;
export type Protocol = Facts['protocol'];

import type { Connection, FieldDef, Submittable } from 'pg';
import type { SqlAnswer, SqlError, StatementResult } from './sql-answer.ts';

export interface SqlAsk {
  readonly text: string;
  /** For $1, $2, …; null where the text has none: then several statements are allowed. */
  readonly parameters: readonly (string | null)[] | null;
  readonly database: string;
  /** Rows kept for each statement; the rest are counted and dropped. */
  readonly maxRows: number;
  /** COPY TO STDOUT. */
  readonly onCopyData: (bytes: Buffer) => void;
  /** The gateway, or the server, said something meanwhile. */
  readonly onNotice: (message: string) => void;
}

interface Gathering extends StatementResult {
  columns: StatementResult['columns'];
  readonly rows: (readonly (string | null)[])[];
  rowCount: number | null;
  truncated: boolean;
  command: string;
}

/**
 * One text, in the form that `pg` takes from its extensions: rows are taken as they come, so
 * that no more than `maxRows` are ever kept.
 */
export class SqlSubmission implements Submittable {
  readonly answer: Promise<SqlAnswer>;
  readonly #ask: SqlAsk;
  readonly #results: Gathering[] = [];
  #open: Gathering | null = null;
  #resolve: (answer: SqlAnswer) => void = () => {};

  constructor(ask: SqlAsk) {
    this.#ask = ask;
    this.answer = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  submit = (connection: Connection): void => {
    const { text, parameters } = this.#ask;
    if (parameters === null) {
      connection.query(text);
      return;
    }
    connection.parse({ name: '', text, types: [] }, true);
    connection.bind({ portal: '', statement: '', values: [...parameters] }, true);
    connection.describe({ type: 'P', name: '' }, true);
    connection.execute({ portal: '' }, true);
    connection.sync();
  };

  handleRowDescription(message: { fields: FieldDef[] }): void {
    const columns = message.fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID }));
    this.#current().columns = columns;
  }

  handleDataRow(message: { fields: (string | null)[] }): void {
    const into = this.#current();
    if (into.rows.length < this.#ask.maxRows) into.rows.push(message.fields);
    else into.truncated = true;
  }

  handleCommandComplete(message: { text: string }): void {
    const into = this.#current();
    const [command = '', ...rest] = message.text.split(' ');
    const count = rest.at(-1);
    into.command = count !== undefined && /^\d+$/.test(count) ? command : message.text;
    into.rowCount = count !== undefined && /^\d+$/.test(count) ? Number(count) : null;
    this.#open = null;
  }

  handleCopyInResponse(connection: Connection & { sendCopyFail?: (why: string) => void }): void {
    connection.sendCopyFail?.('hoopx exec sends no COPY data; use psql through hoopx connect');
  }

  handleCopyData(message: { chunk: Buffer }): void {
    this.#ask.onCopyData(message.chunk);
  }

  handleEmptyQuery(): void {}

  handlePortalSuspended(): void {}

  handleError(error: unknown): void {
    const target = sqlErrorOf(error);
    this.#resolve({ results: this.#results, error: target, lost: target === null });
  }

  handleReadyForQuery(): void {
    this.#resolve({ results: this.#results, error: null, lost: false });
  }

  #current(): Gathering {
    if (this.#open === null) {
      this.#open = { columns: [], rows: [], rowCount: null, truncated: false, command: '' };
      this.#results.push(this.#open);
    }
    return this.#open;
  }
}

/** Null for what no server said: a broken connection. */
export function sqlErrorOf(error: unknown): SqlError | null {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string')
    return null;
  if (!('severity' in error)) return null;
  const text = (field: string): string | null => {
    const value: unknown = Reflect.get(error, field);
    return typeof value === 'string' ? value : null;
  };
  const position = text('position');
  return {
    code: error.code,
    message: error.message,
    detail: text('detail'),
    hint: text('hint'),
    position: position === null ? null : Number(position),
  };
}

import type { Duplex, Writable } from 'node:stream';
import type { Connection, FieldDef, Submittable } from 'pg';
import type { SqlAnswer, SqlError, StatementResult } from './sql-answer.ts';

export interface SqlAsk {
  readonly text: string;
  /** For $1, $2, …; null where the text has none: then several statements are allowed. */
  readonly parameters: readonly (string | null)[] | null;
  readonly database: string;
  /** Rows kept for each statement; the rest are counted and dropped. */
  readonly maxRows: number;
  /** Gets what COPY TO STDOUT gives, at its own pace. */
  readonly copyTo: Writable;
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

/** Characters of all rows together: few rows can be large ones. */
const keptCharacters = 64 * 1024 * 1024;

/**
 * One text, in the form that `pg` takes from its extensions: rows are taken as they come, so
 * that no more than `maxRows` are ever kept.
 */
export class SqlSubmission implements Submittable {
  readonly answer: Promise<SqlAnswer>;
  readonly #ask: SqlAsk;
  readonly #stream: Duplex;
  readonly #results: Gathering[] = [];
  #open: Gathering | null = null;
  #kept = 0;
  #sent = false;
  #wantedCopyData = false;
  #resolve: (answer: SqlAnswer) => void = () => {};

  constructor(ask: SqlAsk, stream: Duplex) {
    this.#ask = ask;
    this.#stream = stream;
    this.answer = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  get sent(): boolean {
    return this.#sent;
  }

  submit = (connection: Connection): void => {
    const { text, parameters } = this.#ask;
    this.#sent = true;
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
    if (into.rows.length >= this.#ask.maxRows || this.#kept >= keptCharacters) {
      into.truncated = true;
      return;
    }
    for (const value of message.fields) this.#kept += value?.length ?? 0;
    into.rows.push(message.fields);
  }

  handleCommandComplete(message: { text: string }): void {
    const into = this.#current();
    const [command = '', ...rest] = message.text.split(' ');
    const count = rest.at(-1);
    const counted = count !== undefined && /^\d+$/.test(count);
    into.command = counted ? command : message.text;
    into.rowCount = counted ? Number(count) : null;
    this.#open = null;
  }

  handleCopyInResponse(connection: Connection & { sendCopyFail?: (why: string) => void }): void {
    this.#wantedCopyData = true;
    connection.sendCopyFail?.('hoopx exec sends no COPY data; use psql through hoopx connect');
  }

  handleCopyData(message: { chunk: Buffer }): void {
    const { copyTo } = this.#ask;
    if (copyTo.destroyed || copyTo.write(message.chunk) || copyTo.destroyed) return;
    // What was read before comes all the same.
    if (this.#stream.isPaused()) return;
    this.#stream.pause();
    const goOn = () => {
      copyTo.off('drain', goOn);
      copyTo.off('close', goOn);
      this.#stream.resume();
    };
    copyTo.on('drain', goOn);
    copyTo.on('close', goOn);
  }

  handleEmptyQuery(): void {}

  handlePortalSuspended(): void {}

  handleError(error: unknown): void {
    const target = sqlErrorOf(error);
    this.#answer(target, target === null);
  }

  handleReadyForQuery(): void {
    this.#answer(null, false);
  }

  #answer(error: SqlError | null, lost: boolean): void {
    const wantedCopyData = this.#wantedCopyData;
    const results = this.#results;
    this.#resolve({ protocol: 'postgres', results, error, lost, wantedCopyData });
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
  if (!('severity' in error) || typeof error.severity !== 'string') return null;
  const text = (field: string): string | null => {
    const value: unknown = Reflect.get(error, field);
    return typeof value === 'string' ? value : null;
  };
  const position = text('position');
  return {
    code: error.code,
    severity: error.severity,
    message: error.message,
    detail: text('detail'),
    hint: text('hint'),
    position: position === null ? null : Number(position),
  };
}

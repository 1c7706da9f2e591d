import { noOperation } from './answer-order.ts';
import type { RunSlot } from './runs.ts';
import { decodeRowDescription } from './wire/backend/row-description.ts';
import type { FormatCode } from './wire/format-code.ts';
import { WireError } from './wire/wire-error.ts';

/** What a recording needs of a row description. */
export interface AnswerColumns {
  readonly names: readonly string[];
  readonly formats: readonly FormatCode[];
}

/** Longer ones are read each time. */
const maxKeptBytes = 4096;
/** Descriptions of the widest tables fit. */
const maxReadBytes = 256 * 1024;

/**
 * The last row description since ReadyForQuery, for as long as rows may come for it. The same one
 * again, as from a prepared statement, is only compared.
 */
export class AnswerDescriptions {
  #last: { readonly raw: Buffer; readonly columns: AnswerColumns } | null = null;
  #columns: AnswerColumns | null = null;
  /** Whose rows it describes: an operation's, or those of whatever is bound from a statement. */
  #described: RunSlot = noOperation;

  /** The message between `start` and `end`; what cannot be read describes nothing. */
  take(bytes: Buffer, start: number, end: number, described: RunSlot): void {
    this.#columns = this.#read(bytes, start, end);
    this.#described = described;
  }

  /** Of the rows of that operation; null where nobody said. */
  of(operation: RunSlot): AnswerColumns | null {
    if (this.#columns === null || this.#described === operation) return this.#columns;
    const { number, statement } = this.#described;
    return number === 0 && statement !== null && statement === operation.statement
      ? this.#columns
      : null;
  }

  /** An answer of that operation has ended. What was not bound may be several statements. */
  used({ statement }: RunSlot): void {
    if (statement === null) this.forget();
  }

  forget(): void {
    this.#columns = null;
    this.#described = noOperation;
  }

  #read(bytes: Buffer, start: number, end: number): AnswerColumns | null {
    const last = this.#last;
    if (last !== null && bytes.compare(last.raw, 0, last.raw.length, start, end) === 0) {
      return last.columns;
    }
    const columns = end - start > maxReadBytes ? null : columnsOf(bytes.subarray(start, end));
    if (columns !== null && end - start <= maxKeptBytes) {
      this.#last = { raw: Buffer.from(bytes.subarray(start, end)), columns };
    }
    return columns;
  }
}

/** What the gateway only passes on need not be well formed; it is the client's to complain. */
function columnsOf(message: Buffer): AnswerColumns | null {
  try {
    const { columns } = decodeRowDescription(message);
    return {
      names: columns.map(({ name }) => name),
      formats: columns.map(({ format }) => format),
    };
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}

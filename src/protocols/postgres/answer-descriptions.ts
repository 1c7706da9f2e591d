import { decodeRowDescription } from './wire/backend/row-description.ts';
import type { FormatCode } from './wire/format-code.ts';

/** What a recording needs of a row description. */
export interface AnswerColumns {
  readonly names: readonly string[];
  readonly formats: readonly FormatCode[];
}

/** Longer ones are read each time. */
const maxKeptBytes = 4096;

/** Reads row descriptions; the same one again, as from a prepared statement, is only compared. */
export class AnswerDescriptions {
  #last: { readonly raw: Buffer; readonly columns: AnswerColumns } | null = null;

  /** The message between `start` and `end`. Throws WireError. */
  read(bytes: Buffer, start: number, end: number): AnswerColumns {
    const last = this.#last;
    if (last !== null && bytes.compare(last.raw, 0, last.raw.length, start, end) === 0) {
      return last.columns;
    }
    const described = decodeRowDescription(bytes.subarray(start, end)).columns;
    const columns = {
      names: described.map(({ name }) => name),
      formats: described.map(({ format }) => format),
    };
    if (end - start <= maxKeptBytes) {
      this.#last = { raw: Buffer.from(bytes.subarray(start, end)), columns };
    }
    return columns;
  }
}

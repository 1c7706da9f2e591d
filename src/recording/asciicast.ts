import { StringDecoder } from 'node:string_decoder';

/**
 * asciicast v3 (docs.asciinema.org/manual/asciicast/v3): a header, then `[interval, code, data]`
 * with intervals in seconds since the event before.
 */
export interface AsciicastHeader {
  readonly columns: number;
  readonly rows: number;
  readonly term: string | null;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly title: string;
  readonly command: string | null;
}

/** Output, resize, marker, exit. Input (`i`) is never written. */
export type AsciicastCode = 'o' | 'r' | 'm' | 'x';

export function headerLine(header: AsciicastHeader): string {
  const { columns, rows, term, startedAt, title, command } = header;
  return `${JSON.stringify({
    version: 3,
    term: { cols: columns, rows, ...(term === null ? {} : { type: term }) },
    timestamp: Math.floor(startedAt / 1000),
    ...(command === null ? {} : { command }),
    title,
  })}\n`;
}

/** Turns what happens, and when, into lines. */
export class AsciicastLines {
  readonly #decoder = new StringDecoder('utf8');
  /** Milliseconds since the beginning that the lines so far add up to. */
  #told = 0;

  /** Null where a character's rest is still to come. `at`: milliseconds since the beginning. */
  output(at: number, bytes: Buffer): string | null {
    const text = this.#decoder.write(bytes);
    return text === '' ? null : this.line(at, 'o', text);
  }

  line(at: number, code: AsciicastCode, data: string): string {
    // In whole milliseconds, so that no error adds up.
    const now = Math.max(Math.round(at), this.#told);
    const interval = (now - this.#told) / 1000;
    this.#told = now;
    return `[${interval}, "${code}", ${JSON.stringify(data)}]\n`;
  }
}

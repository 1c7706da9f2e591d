/** What the end of an scp transfer that has the files says, one after the other. */
export type SourceItem =
  | { readonly kind: 'file'; readonly name: string; readonly size: number }
  /** What is named from here on is in it, up to `leave`. */
  | { readonly kind: 'folder'; readonly name: string }
  | { readonly kind: 'leave' }
  | { readonly kind: 'times' }
  /** It could not read something, and goes on with the next. */
  | { readonly kind: 'said'; readonly text: string }
  | { readonly kind: 'contents'; readonly bytes: Buffer }
  /** Behind the contents: null where all of them were sent. */
  | { readonly kind: 'done'; readonly error: string | null }
  | { readonly kind: 'nonsense'; readonly why: string };

/** As OpenSSH's own buffer for them. */
const longestLine = 16 * 1024;
const newline = 0x0a;
const errorStarts = Buffer.from([1, 2]);
const recordStarts = Buffer.from('\x01\x02CDET');
const record = /^([CD])[0-7]{4} (\d+) ([^\n]+)$/s;

const tooLong: SourceItem = { kind: 'nonsense', why: 'a line of it is too long' };
const unknown: SourceItem = { kind: 'nonsense', why: 'it says what no scp says' };

type State =
  | { readonly at: 'line' }
  | { readonly at: 'contents'; left: number }
  | { readonly at: 'status' };

/**
 * Reads what `source` and `rsource` of OpenSSH's scp.c write: records that end in a newline, the
 * contents of a file as long as its record says, and a byte, or a message, that tells how it went.
 * A name never has a newline: scp writes `\^J`.
 */
export class ScpSource {
  #state: State = { at: 'line' };
  #line: Buffer = Buffer.alloc(0);
  /** It has said nothing since the last file or folder that it named. */
  #waits = false;

  /** A line has begun, and not ended. */
  get midLine(): boolean {
    return this.#line.length > 0;
  }

  *read(chunk: Buffer): Generator<SourceItem> {
    let at = 0;
    while (at < chunk.length) {
      this.#waits = false;
      const state = this.#state;
      if (state.at === 'contents') {
        const bytes = chunk.subarray(at, at + state.left);
        at += bytes.length;
        state.left -= bytes.length;
        if (state.left === 0) this.#state = { at: 'status' };
        yield { kind: 'contents', bytes };
      } else if (state.at === 'status' && !this.midLine && chunk[at] === 0) {
        at += 1;
        this.#state = { at: 'line' };
        yield { kind: 'done', error: null };
      } else {
        const end = lineEnd(chunk, at);
        const item = this.#gather(chunk.subarray(at, end));
        at = end;
        if (item !== null) yield item;
      }
    }
  }

  /**
   * The other end does not want the last file or folder: its contents will not come. False where
   * they are coming already, so that nobody knows what they will be taken for.
   */
  turnedDown(): boolean {
    if (this.#waits) this.#state = { at: 'line' };
    return this.#waits;
  }

  #gather(bytes: Buffer): SourceItem | null {
    const first = this.#line[0] ?? bytes[0] ?? 0;
    if (!(this.#state.at === 'line' ? recordStarts : errorStarts).includes(first)) return unknown;
    if (this.#line.length + bytes.length > longestLine) return tooLong;
    this.#line = Buffer.concat([this.#line, bytes]);
    if (this.#line.at(-1) !== newline) return null;
    const line = this.#line.subarray(0, -1);
    this.#line = Buffer.alloc(0);
    return this.#took(line);
  }

  #took(line: Buffer): SourceItem {
    const error = errorIn(line);
    if (this.#state.at === 'status') {
      this.#state = { at: 'line' };
      return error === null ? unknown : { kind: 'done', error };
    }
    if (error !== null) return { kind: 'said', text: error };
    const item = recordIn(line.toString('utf8'));
    this.#waits = item.kind === 'file' || item.kind === 'folder';
    if (item.kind === 'file') {
      this.#state = item.size === 0 ? { at: 'status' } : { at: 'contents', left: item.size };
    }
    return item;
  }
}

/** Behind the newline, or where there is none behind all that has come. */
export function lineEnd(chunk: Buffer, at: number): number {
  const end = chunk.indexOf(newline, at);
  return end === -1 ? chunk.length : end + 1;
}

/** The text behind a first byte of 1, or of 2 where nothing follows; null for what has neither. */
export function errorIn(line: Buffer): string | null {
  if (line[0] !== 1 && line[0] !== 2) return null;
  return line.toString('utf8', 1, 1 + longestMessage).replace(/\r?\n$/, '');
}
const longestMessage = 500;

/** As `sink` reads it: of E nothing but the letter counts. */
function recordIn(line: string): SourceItem {
  if (line.startsWith('E')) return { kind: 'leave' };
  if (line.startsWith('T')) return { kind: 'times' };
  const [, letter, size = '', name = ''] = record.exec(line) ?? [];
  if (letter === undefined) return unknown;
  return letter === 'D' ? { kind: 'folder', name } : { kind: 'file', name, size: Number(size) };
}

import { Writable } from 'node:stream';

const newline = 0x0a;
/** A line that is longer is shown in parts. */
const longestLine = 64 * 1024;

/** Writes whole lines to a stream that others write to as well, each with `[name] ` before it. */
export class PrefixedOutput extends Writable {
  readonly #prefix: Buffer;
  readonly #to: Writable;
  #rest: Buffer = Buffer.alloc(0);

  constructor(name: string, to: Writable) {
    super();
    this.#prefix = Buffer.from(`[${name}] `);
    this.#to = to;
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const end = bytes.lastIndexOf(newline) + 1;
    const tooLong = bytes.length - end > longestLine;
    this.#rest = tooLong ? Buffer.alloc(0) : Buffer.from(bytes.subarray(end));
    this.#lines(tooLong ? bytes : bytes.subarray(0, end), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    this.#lines(rest, done);
  }

  #lines(bytes: Buffer, done: (error?: Error | null) => void): void {
    if (bytes.length === 0) {
      done();
      return;
    }
    const parts: Buffer[] = [];
    for (let start = 0; start < bytes.length; ) {
      const found = bytes.indexOf(newline, start);
      const end = found === -1 ? bytes.length : found + 1;
      parts.push(this.#prefix, bytes.subarray(start, end));
      start = end;
    }
    if (bytes[bytes.length - 1] !== newline) parts.push(Buffer.of(newline));
    this.#to.write(Buffer.concat(parts), done);
  }
}

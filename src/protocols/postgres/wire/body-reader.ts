import { isUtf8 } from 'node:buffer';
import type { Span } from './span.ts';
import { WireError } from './wire-error.ts';

/**
 * Names of statements, portals and cursors are keys of NAMEDATALEN - 1 bytes in the server,
 * which silently cuts longer ones: two long names could mean one statement. They are refused.
 */
export const maxNameBytes = 63;

/** Reads the body of one message from front to back. Every read is checked against its end. */
export class BodyReader {
  readonly #bytes: Buffer;
  #at: number;
  readonly #end: number;

  constructor(bytes: Buffer, start: number, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  /**
   * Over a message with its type byte and length, which must be exact. Without `start` and `end`
   * the message is all of the bytes.
   */
  static ofMessage(bytes: Buffer, type: number, start = 0, end = bytes.length): BodyReader {
    if (end - start < 5) throw new WireError('TRUNCATED', 'message is shorter than its header');
    if (bytes[start] !== type) throw new WireError('UNKNOWN_TYPE', 'message is of another type');
    if (bytes.readInt32BE(start + 1) !== end - start - 1) {
      throw new WireError('BAD_LENGTH', 'message length does not match its bytes');
    }
    return new BodyReader(bytes, start + 5, end);
  }

  static ofSpan({ bytes, start, end }: Span, type: number): BodyReader {
    return BodyReader.ofMessage(bytes, type, start, end);
  }

  get remaining(): number {
    return this.#end - this.#at;
  }

  uint8(): number {
    return this.#bytes.readUInt8(this.#advance(1));
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#advance(2));
  }

  uint16(): number {
    return this.#bytes.readUInt16BE(this.#advance(2));
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#advance(4));
  }

  uint32(): number {
    return this.#bytes.readUInt32BE(this.#advance(4));
  }

  /** A view of the message, not a copy. */
  bytes(length: number): Buffer {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  rest(): Buffer {
    return this.bytes(this.remaining);
  }

  /** A count of items that take at least `itemBytes` each, so that nobody allocates for a lie. */
  count(itemBytes: number): number {
    const count = this.uint16();
    if (count * itemBytes > this.remaining) {
      throw new WireError('BAD_COUNT', `count ${count} is more than the message holds`);
    }
    return count;
  }

  /** An int32 length and so many bytes; null for length -1. */
  value(): Buffer | null {
    const length = this.int32();
    if (length === -1) return null;
    if (length < 0) throw new WireError('BAD_LENGTH', 'negative value length');
    return this.bytes(length);
  }

  /**
   * Like `value`, where it is of at most so many bytes and all of them are printable ASCII; else
   * null, and nothing has been read.
   */
  printableValue(maxBytes: number): string | null {
    if (this.remaining < 4) return null;
    const start = this.#at + 4;
    const length = this.#bytes.readInt32BE(this.#at);
    if (length < 0 || length > maxBytes || length > this.#end - start) return null;
    const end = start + length;
    for (let at = start; at < end; at += 1) {
      const byte = this.#bytes[at] ?? 0;
      if (byte < 0x20 || byte > 0x7e) return null;
    }
    this.#at = end;
    return this.#bytes.toString('latin1', start, end);
  }

  /** A NUL-terminated string without its NUL, as a view. */
  stringBytes(): Buffer {
    const start = this.#at;
    return this.#bytes.subarray(start, this.#pastNul() - 1);
  }

  /** A NUL-terminated string that must be valid UTF-8: decoding it loses nothing. */
  string(): string {
    const start = this.#at;
    return this.#utf8(start, this.#pastNul() - 1, 'text');
  }

  /** The name of a statement or portal. */
  name(): string {
    const start = this.#at;
    const end = this.#pastNul() - 1;
    if (end - start > maxNameBytes) {
      throw new WireError('NAME_TOO_LONG', `name is longer than ${maxNameBytes} bytes`);
    }
    return this.#utf8(start, end, 'name');
  }

  end(): void {
    if (this.remaining !== 0) {
      throw new WireError('TRAILING_BYTES', `${this.remaining} bytes behind the last field`);
    }
  }

  #pastNul(): number {
    const end = nulIn(this.#bytes, this.#at, this.#end);
    if (end === -1) throw new WireError('BAD_STRING', 'string has no terminating NUL');
    this.#at = end + 1;
    return this.#at;
  }

  /** What is not valid decodes to U+FFFD, so that only a text with that needs a closer look. */
  #utf8(start: number, end: number, what: string): string {
    if (start === end) return '';
    const text = this.#bytes.toString('utf8', start, end);
    if (text.includes('\ufffd') && !isUtf8(this.#bytes.subarray(start, end))) {
      throw new WireError('BAD_UTF8', `${what} is not valid UTF-8`);
    }
    return text;
  }

  #advance(length: number): number {
    const start = this.#at;
    if (length > this.#end - start) {
      throw new WireError('TRUNCATED', 'message ends inside a field');
    }
    this.#at = start + length;
    return start;
  }
}

/** Where the next NUL is, or -1. Names are short, and a native call costs more than they do. */
function nulIn(bytes: Buffer, start: number, end: number): number {
  const near = Math.min(end, start + maxNameBytes + 1);
  for (let at = start; at < near; at += 1) if (bytes[at] === 0) return at;
  const far = near === end ? -1 : bytes.indexOf(0, near);
  return far < end ? far : -1;
}

import { UnreadableJsonError } from '../../core/unreadable-json-error.ts';

const quote = 0x22;
const backslash = 0x5c;
const afterBackslash = new Set(Buffer.from('"\\/bfnrt'));
const unicode = 0x75;
const hexDigits = 4;

/**
 * Looks for the end of a string (RFC 8259, section 7) that may be cut anywhere. Control characters
 * that are not escaped are let through: some services write them, and no parser takes them for
 * anything else.
 */
export class StringScan {
  #escaped = false;
  /** Whether the last byte was the backslash of an escape. */
  #opened = false;
  /** Digits of `\u` that are yet to come. */
  #digits = 0;

  /** Whether there was any escape. */
  get escaped(): boolean {
    return this.#escaped;
  }

  begin(): void {
    this.#escaped = false;
  }

  /** The place behind the closing quote, -1 where it is yet to come. Throws UnreadableJsonError. */
  end(bytes: Buffer, from: number): number {
    let at = from;
    for (;;) {
      while ((this.#opened || this.#digits > 0) && at < bytes.length) {
        this.#escape(bytes[at] ?? 0);
        at += 1;
      }
      at = plainEnd(bytes, at);
      if (at === bytes.length) return -1;
      if (bytes[at] === quote) return at + 1;
      this.#escaped = this.#opened = true;
      at += 1;
    }
  }

  #escape(byte: number): void {
    if (this.#opened) {
      this.#opened = false;
      if (byte === unicode) this.#digits = hexDigits;
      else if (!afterBackslash.has(byte)) throw new UnreadableJsonError('an escape is none');
      return;
    }
    if (!isHex(byte)) throw new UnreadableJsonError('an escape is none');
    this.#digits -= 1;
  }
}

function plainEnd(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length) {
    const byte = bytes[at];
    if (byte === quote || byte === backslash) break;
    at += 1;
  }
  return at;
}

function isHex(byte: number): boolean {
  const small = byte | 0x20;
  return (byte >= 0x30 && byte <= 0x39) || (small >= 0x61 && small <= 0x66);
}

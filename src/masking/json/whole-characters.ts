import { isUtf8 } from 'node:buffer';
import { UnreadableJsonError } from '../../core/unreadable-json-error.ts';

const nothing = Buffer.alloc(0);

/** Bytes of UTF-8 that come cut anywhere, cut anew between characters. */
export class WholeCharacters {
  #begun = nothing;

  /** Throws UnreadableJsonError for what is no UTF-8. */
  take(bytes: Buffer): Buffer {
    const all = this.#begun.length === 0 ? bytes : Buffer.concat([this.#begun, bytes]);
    const end = all.length - begunAtEnd(all);
    this.#begun = end === all.length ? nothing : Buffer.from(all.subarray(end));
    const whole = all.subarray(0, end);
    if (!isUtf8(whole)) throw notUtf8();
    return whole;
  }

  end(): void {
    if (this.#begun.length > 0) throw notUtf8();
  }
}

/** How many bytes at the end belong to a character that is not whole (RFC 3629, section 3). */
function begunAtEnd(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    return lengthFrom(byte) > back ? back : 0;
  }
  return 0;
}

function lengthFrom(first: number): number {
  if (first >= 0xf0) return 4;
  if (first >= 0xe0) return 3;
  return first >= 0xc0 ? 2 : 1;
}

function notUtf8(): UnreadableJsonError {
  return new UnreadableJsonError('it is no UTF-8');
}

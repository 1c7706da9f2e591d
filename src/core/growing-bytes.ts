/** Shorter pieces are copied byte by byte: a native call and a view cost more. */
const shortBytes = 96;
const leastBytes = 1024;

/** Bytes that are put together piece by piece in one buffer, without an object for each piece. */
export class GrowingBytes {
  #bytes: Buffer | null = null;
  #length = 0;
  #usual: number;

  /** @param usual how many bytes to make room for at first */
  constructor(usual = leastBytes) {
    this.#usual = usual;
  }

  /** How far it has been written. */
  get length(): number {
    return this.#length;
  }

  /** Whether there is anything to be written to: an empty piece does not make it. */
  get begun(): boolean {
    return this.#bytes !== null;
  }

  /** Begins anew, in a buffer of its own. */
  clear(usual = this.#usual): void {
    this.#bytes = null;
    this.#length = 0;
    this.#usual = usual;
  }

  /** Where up to `most` bytes may be written from `length` on; `wrote` says how many. */
  room(most: number): Buffer {
    const bytes = this.#bytes;
    if (bytes !== null && bytes.length - this.#length >= most) return bytes;
    return this.#grow(most);
  }

  wrote(count: number): void {
    this.#length += count;
  }

  copy(bytes: Buffer, start: number, end: number): void {
    const count = end - start;
    if (count === 0) return;
    const out = this.room(count);
    const at = this.#length;
    if (count > shortBytes) bytes.copy(out, at, start, end);
    else for (let index = 0; index < count; index += 1) out[at + index] = bytes[start + index] ?? 0;
    this.#length = at + count;
  }

  utf8(text: string): void {
    // A code unit takes three bytes at most.
    const out = this.room(text.length * 3);
    this.#length += out.write(text, this.#length, 'utf8');
  }

  int32(value: number): void {
    this.#length = this.room(4).writeInt32BE(value, this.#length);
  }

  /** Of what has been written: a length that was not known then. */
  patchInt32(at: number, value: number): void {
    this.#bytes?.writeInt32BE(value, at);
  }

  /** All that has been written, and no copy of it: nothing more may be, before `clear`. */
  written(): Buffer {
    return this.#bytes === null ? nothing : this.#bytes.subarray(0, this.#length);
  }

  #grow(most: number): Buffer {
    const usual = this.#bytes === null ? this.#usual : this.#bytes.length * 2;
    const grown = Buffer.allocUnsafe(Math.max(this.#length + most, usual));
    this.#bytes?.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
    return grown;
  }
}

const nothing = Buffer.alloc(0);

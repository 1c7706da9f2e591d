const nothing = Buffer.alloc(0);
/** Shorter pieces of other buffers are copied byte by byte: a native call and a view cost more. */
const shortBytes = 48;
const leastBytes = 1024;

/**
 * Bytes that are put together piece by piece in one buffer, without an object for each piece. What
 * is edited can be laid ahead, behind a gap, to be kept or left out in its order: pieces that are
 * kept next to each other are moved across the gap at once. (A gap buffer: Finseth, "The Craft of
 * Text Editing", 6.)
 */
export class GapBuffer {
  #bytes: Buffer = nothing;
  /** How far it has been written. */
  #length = 0;
  /** Where the gap ends, and what lies ahead begins. */
  #ahead = 0;
  /** Of what lies ahead: kept, and not moved across the gap yet. */
  #kept = 0;
  #usual: number;

  /** @param usual how many bytes to make room for at first */
  constructor(usual = leastBytes) {
    this.#usual = usual;
  }

  /** How much of it there is: written and kept. */
  get length(): number {
    return this.#length + this.#kept;
  }

  /** Whether there is anything to be written to: an empty piece does not make it. */
  get begun(): boolean {
    return this.#bytes !== nothing;
  }

  /** Begins anew, in a buffer of its own. */
  clear(usual = this.#usual): void {
    this.#bytes = nothing;
    this.#length = this.#ahead = this.#kept = 0;
    this.#usual = usual;
  }

  /** Where up to `most` bytes may be written from `length` on; `wrote` says how many. */
  room(most: number): Buffer {
    if (this.#kept > 0) this.#moveKept();
    if (this.#ahead - this.#length >= most) return this.#bytes;
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
    this.room(4);
    this.#length += 4;
    this.patchInt32(this.#length - 4, value);
  }

  /** Of what has been written, and was not known then: a length, say. */
  patchInt32(at: number, value: number): void {
    const bytes = this.#bytes;
    bytes[at] = value >>> 24;
    bytes[at + 1] = value >>> 16;
    bytes[at + 2] = value >>> 8;
    bytes[at + 3] = value;
  }

  /** Lays these bytes ahead, before all that lies there. */
  layAhead(bytes: Buffer, start: number, end: number): void {
    this.room(end - start);
    this.#ahead -= end - start;
    bytes.copy(this.#bytes, this.#ahead, start, end);
  }

  /** The next of what lies ahead goes behind what has been written. */
  keep(count: number): void {
    this.#kept += count;
  }

  /** The next of what lies ahead is not wanted. */
  leaveOut(count: number): void {
    if (this.#kept > 0) this.#moveKept();
    this.#ahead += count;
  }

  /** All that is written or kept, and no copy of it: nothing more may be, before `clear`. */
  written(): Buffer {
    if (this.#kept > 0) this.#moveKept();
    return this.#length === 0 ? nothing : this.#bytes.subarray(0, this.#length);
  }

  #moveKept(): void {
    const from = this.#ahead;
    const to = from + this.#kept;
    this.#bytes.copyWithin(this.#length, from, to);
    this.#length += this.#kept;
    this.#ahead = to;
    this.#kept = 0;
  }

  #grow(most: number): Buffer {
    const bytes = this.#bytes;
    const ahead = bytes.length - this.#ahead;
    const usual = this.begun ? bytes.length * 2 : this.#usual;
    const grown = Buffer.allocUnsafe(Math.max(this.#length + most + ahead, usual));
    bytes.copy(grown, 0, 0, this.#length);
    bytes.copy(grown, grown.length - ahead, this.#ahead);
    this.#bytes = grown;
    this.#ahead = grown.length - ahead;
    return grown;
  }
}

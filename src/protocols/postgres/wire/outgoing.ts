/** Shorter pieces are copied byte by byte: a native call and a view cost more. */
const shortBytes = 96;
const headroom = 1024;

/**
 * What goes on of one chunk, in order: the chunk itself where nothing in it is replaced, else one
 * buffer that takes what is kept and what stands in for the rest, without a piece for either.
 */
export class Outgoing {
  #chunk: Buffer = nothing;
  /** What is kept from here to the end has not been copied. */
  #from = 0;
  #to = 0;
  #bytes: Buffer | null = null;
  #length = 0;

  /** Begins with a new chunk. */
  begin(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#from = 0;
    this.#to = chunk.length;
    this.#bytes = null;
    this.#length = 0;
  }

  /** Everything of the chunk before `at` that was not left out goes on before what is written now. */
  keepTo(at: number): void {
    if (at > this.#from) this.copy(this.#chunk, this.#from, at);
    this.#from = Math.max(this.#from, at);
  }

  /** Nothing of the chunk goes on before `at` any more. */
  leaveOutTo(at: number): void {
    this.#from = at;
  }

  /** These bytes go on in the place of the chunk's `start` to `end`. */
  replace(start: number, end: number, by: Buffer = nothing): void {
    this.keepTo(start);
    this.leaveOutTo(end);
    this.copy(by, 0, by.length);
  }

  /** Nothing of the chunk goes on from `at` on. */
  endAt(at: number): void {
    this.#to = at;
  }

  /** How far it has been written. */
  get length(): number {
    return this.#length;
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

  int32(value: number): void {
    this.#length = this.room(4).writeInt32BE(value, this.#length);
  }

  /** Of what has been written: a length that was not known then. */
  patchInt32(at: number, value: number): void {
    this.#bytes?.writeInt32BE(value, at);
  }

  /** All that goes on of the chunk. */
  end(): Buffer {
    if (this.#bytes === null) {
      const whole = this.#from === 0 && this.#to === this.#chunk.length;
      return whole ? this.#chunk : this.#chunk.subarray(this.#from, this.#to);
    }
    this.keepTo(this.#to);
    return this.#bytes.subarray(0, this.#length);
  }

  #grow(most: number): Buffer {
    const needed = this.#length + most;
    const usual = this.#bytes === null ? this.#chunk.length + headroom : this.#bytes.length * 2;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, usual));
    this.#bytes?.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
    return grown;
  }
}

const nothing = Buffer.alloc(0);

/** Reads so many bytes at a time from what comes in any pieces. */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #have: Buffer = Buffer.alloc(0);
  #ended = false;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** As many as asked for, or all that there are; they stay to be read. */
  async peek(length: number): Promise<Buffer> {
    const pieces: Buffer[] = [this.#have];
    let size = this.#have.length;
    while (size < length && !this.#ended) {
      const { done, value } = await this.#source.next();
      if (done === true) this.#ended = true;
      else {
        pieces.push(Buffer.from(value.buffer, value.byteOffset, value.length));
        size += value.length;
      }
    }
    if (pieces.length > 1) this.#have = Buffer.concat(pieces, size);
    return this.#have.subarray(0, length);
  }

  /** Null where fewer are left. */
  async exactly(length: number): Promise<Buffer | null> {
    const bytes = await this.peek(length);
    if (bytes.length < length) return null;
    this.#have = this.#have.subarray(length);
    return bytes;
  }

  async *rest(): AsyncGenerator<Buffer> {
    if (this.#have.length > 0) yield this.#have;
    this.#have = Buffer.alloc(0);
    while (!this.#ended) {
      const { done, value } = await this.#source.next();
      if (done === true) this.#ended = true;
      else yield Buffer.from(value.buffer, value.byteOffset, value.length);
    }
  }
}

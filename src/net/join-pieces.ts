/** Pieces that leave as one. Those that lie side by side in one buffer are not copied. */
export class JoinedPieces {
  /** All but the last stretch. */
  #before: Buffer[] | null = null;
  #bytes: Buffer = nothing;
  #start = 0;
  #end = 0;

  add(bytes: Buffer, start: number, end: number): void {
    if (bytes === this.#bytes && start === this.#end) {
      this.#end = end;
      return;
    }
    if (this.#bytes !== nothing) {
      this.#before ??= [];
      this.#before.push(this.#stretch());
    }
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
  }

  whole(): Buffer {
    const last = this.#stretch();
    return this.#before === null ? last : Buffer.concat([...this.#before, last]);
  }

  #stretch(): Buffer {
    const all = this.#start === 0 && this.#end === this.#bytes.length;
    return all ? this.#bytes : this.#bytes.subarray(this.#start, this.#end);
  }
}

const nothing = Buffer.alloc(0);

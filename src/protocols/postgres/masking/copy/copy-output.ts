const nothing = Buffer.alloc(0);

/** What goes on of one piece of COPY data: as it came, but for what is replaced or kept back. */
export class CopyOutput {
  #piece: Buffer = nothing;
  #from = 0;
  #out: Buffer[] | null = null;

  begin(piece: Buffer): void {
    this.#piece = piece;
    this.#from = 0;
    this.#out = null;
  }

  /** In the place of the piece's bytes `start` to `end`; nothing, where they are kept back. */
  replace(start: number, end: number, by: Buffer = nothing): void {
    this.#out ??= [];
    if (start > this.#from) this.#out.push(this.#piece.subarray(this.#from, start));
    this.#out.push(by);
    this.#from = end;
  }

  /** The very same piece where nothing was replaced. */
  end(): Buffer {
    if (this.#out === null) return this.#piece;
    return Buffer.concat([...this.#out, this.#piece.subarray(this.#from)]);
  }
}

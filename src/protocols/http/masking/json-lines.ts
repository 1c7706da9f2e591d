const newline = 0x0a;

/** JSON values, one on each line: a line leaves, masked, when its end has come. */
export class JsonLines {
  readonly #mask: (line: Buffer) => Buffer;
  readonly #maxBytes: number;
  readonly #parts: Buffer[] = [];
  #length = 0;
  /** A part of a line shows nothing: it is not released. */
  readonly dueIn = null;

  /** `mask` throws for a line that it cannot read. */
  constructor(mask: (line: Buffer) => Buffer, maxBytes: number) {
    this.#mask = mask;
    this.#maxBytes = maxBytes;
  }

  write(chunk: Buffer): Buffer {
    const out: Buffer[] = [];
    let at = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, at)) {
      this.#keep(chunk.subarray(at, end));
      out.push(this.#line(), Buffer.from('\n'));
      at = end + 1;
    }
    this.#keep(Buffer.from(chunk.subarray(at)));
    return Buffer.concat(out);
  }

  release(): Buffer {
    return Buffer.alloc(0);
  }

  end(): Buffer {
    return this.#line();
  }

  #keep(part: Buffer): void {
    this.#length += part.length;
    if (this.#length > this.#maxBytes) {
      // The head has left: the answer breaks off.
      throw new Error(`a line of the answer has more than ${this.#maxBytes} bytes`);
    }
    this.#parts.push(part);
  }

  #line(): Buffer {
    const line = Buffer.concat(this.#parts.splice(0));
    this.#length = 0;
    return line.toString('latin1').trim() === '' ? line : this.#mask(line);
  }
}

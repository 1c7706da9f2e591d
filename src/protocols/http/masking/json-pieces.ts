import type { JsonStream } from '../../../core/masking.ts';
import type { Pieces } from '../dialect.ts';

const nothing = Buffer.alloc(0);

/** A JSON answer, which may have no body at all. */
export class JsonPieces implements Pieces {
  readonly #stream: JsonStream;
  #isEmpty = true;
  /** What is held back has to be known before it can leave, however long that takes. */
  readonly dueIn = null;

  constructor(stream: JsonStream) {
    this.#stream = stream;
  }

  write(chunk: Buffer): Buffer {
    if (chunk.length > 0) this.#isEmpty = false;
    return this.#stream.write(chunk);
  }

  release(): Buffer {
    return nothing;
  }

  end(): Buffer {
    return this.#isEmpty ? nothing : this.#stream.end();
  }
}

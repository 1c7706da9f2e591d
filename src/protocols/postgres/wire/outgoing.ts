import { GrowingBytes } from '../../../core/growing-bytes.ts';

const headroom = 1024;

/**
 * What goes on of one chunk, in order: the chunk itself where nothing in it is replaced, else one
 * buffer that takes what is kept and what stands in for the rest, without a piece for either.
 */
export class Outgoing extends GrowingBytes {
  #chunk: Buffer = nothing;
  /** What is kept from here to the end has not been copied. */
  #from = 0;
  #to = 0;

  /** Begins with a new chunk. */
  begin(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#from = 0;
    this.#to = chunk.length;
    this.clear(chunk.length + headroom);
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

  /** All that goes on of the chunk. */
  end(): Buffer {
    if (!this.begun) {
      const whole = this.#from === 0 && this.#to === this.#chunk.length;
      return whole ? this.#chunk : this.#chunk.subarray(this.#from, this.#to);
    }
    this.keepTo(this.#to);
    return this.written();
  }
}

const nothing = Buffer.alloc(0);

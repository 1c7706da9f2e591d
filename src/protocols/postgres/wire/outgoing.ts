import { GapBuffer } from '../../../core/gap-buffer.ts';

const headroom = 1024;

/**
 * What goes on of one chunk, in order: the chunk itself where nothing in it is replaced, else one
 * buffer that takes what is kept and what stands in for the rest, without a piece for either.
 */
export class Outgoing extends GapBuffer {
  #chunk: Buffer = nothing;
  /** Of the chunk, all before this is kept or left out. */
  #from = 0;
  #to = 0;
  /** The chunk lies ahead from `#from` on. */
  #laid = false;

  /** Begins with a new chunk. */
  begin(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#from = 0;
    this.#to = chunk.length;
    this.#laid = false;
    this.clear(chunk.length + headroom);
  }

  /** Everything of the chunk before `at` that was not left out goes on before what is written now. */
  keepTo(at: number): void {
    if (at <= this.#from) return;
    if (!this.#laid) this.#lay();
    this.keep(at - this.#from);
    this.#from = at;
  }

  /** Nothing of the chunk goes on before `at` any more. */
  leaveOutTo(at: number): void {
    if (this.#laid) this.leaveOut(at - this.#from);
    this.#from = at;
  }

  /** These bytes go on in the place of the chunk's `start` to `end`. */
  replace(start: number, end: number, by: Buffer = nothing): void {
    this.keepTo(start);
    this.leaveOutTo(end);
    this.copy(by, 0, by.length);
  }

  /** The chunk's `start` to `end` lie ahead now; it is for the caller to keep each byte or not. */
  edit(start: number, end: number): void {
    this.keepTo(start);
    if (!this.#laid) this.#lay();
    this.#from = end;
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
    if (this.#laid) this.keepTo(this.#to);
    else this.copy(this.#chunk, this.#from, Math.max(this.#from, this.#to));
    return this.written();
  }

  #lay(): void {
    this.layAhead(this.#chunk, this.#from, this.#chunk.length);
    this.#laid = true;
  }
}

const nothing = Buffer.alloc(0);

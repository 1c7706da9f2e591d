import type { ByteSource, Reading } from './reading.ts';

/** What a number in the place of a file's index says (rsync.h, `NDX_…`). */
export const done = -1;
export const listsEnd = -2;
/** This, and those below: the list of a folder follows. */
export const firstFolder = -101;

/** Indexes of one end's stream: mostly one byte, the step from the one before (io.c). */
export class FileIndexes {
  #positive = -1;
  #negative = 1;

  *next(source: ByteSource): Reading<number> {
    const first = yield* source.byte();
    if (first === 0) return done;
    if (first !== 0xff) {
      this.#positive = yield* this.#after(this.#positive, first, source);
      return this.#positive;
    }
    this.#negative = yield* this.#after(this.#negative, yield* source.byte(), source);
    return -this.#negative;
  }

  *#after(before: number, first: number, source: ByteSource): Reading<number> {
    if (first !== 0xfe) return before + first;
    const high = yield* source.byte();
    const next = yield* source.byte();
    if (high < 0x80) return before + high * 256 + next;
    const third = yield* source.byte();
    const fourth = yield* source.byte();
    return (high - 0x80) * 2 ** 24 + fourth * 2 ** 16 + third * 256 + next;
  }
}

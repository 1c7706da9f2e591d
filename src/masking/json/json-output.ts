import type { JsonToken } from './json-token.ts';

/** Bytes of which it is not yet known whether they leave as they are or masked. */
export interface Undecided {
  /** Of the bytes, as they were. */
  readonly length: number;
  /** What leaves; null while that is not known. */
  settled(): Buffer | null;
}

/** @param settled what is to stand there, null for what is written; undefined while that is not known */
export function waiting(
  { bytes, start, end }: Pick<JsonToken, 'bytes' | 'start' | 'end'>,
  settled: () => Buffer | null | undefined,
): Undecided {
  return {
    length: end - start,
    settled() {
      const standIn = settled();
      return standIn === undefined ? null : (standIn ?? bytes.subarray(start, end));
    },
  };
}

/** In memory at once, of what waits for a decision. */
const maxHeldBytes = 16 * 1024 * 1024;
/** What a piece takes beside its bytes. */
const pieceOverhead = 128;

/** What leaves, in order: nothing goes before what stands before it is decided. */
export class JsonOutput {
  readonly #decide: () => boolean;
  #ready: Buffer[] = [];
  #held: (Buffer | Undecided)[] = [];
  #heldBytes = 0;

  /** `decide` is called while too much is held, until it returns false: all is decided then. */
  constructor(decide: () => boolean) {
    this.#decide = decide;
  }

  push(piece: Buffer | Undecided): void {
    if (this.#held.length === 0 && Buffer.isBuffer(piece)) {
      this.#ready.push(piece);
      return;
    }
    this.#held.push(piece);
    this.#heldBytes += piece.length + pieceOverhead;
    while (this.#heldBytes > maxHeldBytes && this.#decide()) this.settle();
  }

  /** To be called when more is known. */
  settle(): void {
    let done = 0;
    for (const piece of this.#held) {
      const settled = Buffer.isBuffer(piece) ? piece : piece.settled();
      if (settled === null) break;
      this.#ready.push(settled);
      this.#heldBytes -= piece.length + pieceOverhead;
      done += 1;
    }
    if (done > 0) this.#held.splice(0, done);
  }

  /** What may leave by now. */
  take(): Buffer {
    const ready = this.#ready;
    this.#ready = [];
    const [first] = ready;
    return ready.length === 1 && first !== undefined ? first : Buffer.concat(ready);
  }
}

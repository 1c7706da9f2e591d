import { NotUnderstood } from './not-understood.ts';
import { int32 } from './numbers.ts';
import { type ByteSource, type Reading, skip, whole } from './reading.ts';

/** For people, from the end that sends it. */
export type Tell = (text: string) => void;

const data = 0;
const deleted = 101;
/** Errors, warnings and information (rsync.h, `msgcode`). */
const spoken: ReadonlySet<number> = new Set([1, 2, 3, 4, 8]);
/** For programs: marks, counts, times. */
const silent: ReadonlySet<number> = new Set([5, 6, 7, 9, 10, 20, 21, 22, 33, 42, 86, 100, 102]);
const longestText = 1024;

/**
 * The frames that one end sends once both have agreed (io.c): data in pieces, and between them
 * messages. Each has four bytes in front: its length in three of them, and its kind, plus seven.
 */
export class Multiplexed implements ByteSource {
  readonly #source: ByteSource;
  readonly #tell: Tell | null;
  #left = 0;

  constructor(source: ByteSource, tell: Tell | null) {
    this.#source = source;
    this.#tell = tell;
  }

  now(): number {
    if (this.#left === 0) return -1;
    const byte = this.#source.now();
    if (byte >= 0) this.#left -= 1;
    return byte;
  }

  *byte(): Reading<number> {
    if (this.#left === 0) yield* this.#untilData();
    this.#left -= 1;
    return yield* this.#source.byte();
  }

  *some(most: number): Reading<Buffer> {
    if (this.#left === 0) yield* this.#untilData();
    const bytes = yield* this.#source.some(Math.min(most, this.#left));
    this.#left -= bytes.length;
    return bytes;
  }

  *#untilData(): Reading<void> {
    while (this.#left === 0) {
      const head = yield* int32(this.#source);
      const length = head & 0xffffff;
      const kind = (head >>> 24) - 7;
      if (kind === data) this.#left = length;
      else yield* this.#message(kind, length);
    }
  }

  *#message(kind: number, length: number): Reading<void> {
    if (kind === deleted || spoken.has(kind)) {
      const kept = yield* whole(this.#source, Math.min(length, longestText));
      yield* skip(this.#source, length - kept.length);
      const text = kept.toString('utf8').replaceAll('\0', '').replace(/\n+$/, '');
      if (text !== '') this.#tell?.(kind === deleted ? `deleting ${text}` : text);
    } else if (silent.has(kind)) {
      yield* skip(this.#source, length);
    } else {
      throw new NotUnderstood(`a message of kind ${kind}`);
    }
  }
}

/** Data that says nothing, for what is said between it. Never ends. */
export function* listen(source: ByteSource): Reading<never> {
  for (;;) yield* source.some(Number.MAX_SAFE_INTEGER);
}

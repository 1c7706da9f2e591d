/** Goes on as bytes come: it yields where there are none, and is resumed when there may be. */
export type Reading<Value> = Generator<undefined, Value, undefined>;

/** Bytes in their order, whatever they came in. */
export interface ByteSource {
  /** The next byte; below zero where it is not there yet. */
  now(): number;
  byte(): Reading<number>;
  /** As many as are there, one at least and `most` at most; not to be kept. */
  some(most: number): Reading<Buffer>;
}

const nothing = Buffer.alloc(0);

/** What one end sends. Holds a piece no longer than until it has been read. */
export class ByteFeed implements ByteSource {
  #piece: Buffer = nothing;
  #at = 0;

  /** Whether all that came has been read. */
  get drained(): boolean {
    return this.#at === this.#piece.length;
  }

  feed(piece: Buffer): void {
    this.#piece = piece;
    this.#at = 0;
  }

  now(): number {
    const byte = this.#piece[this.#at] ?? -1;
    if (byte >= 0) this.#at += 1;
    return byte;
  }

  *byte(): Reading<number> {
    while (this.#at === this.#piece.length) yield;
    return this.now();
  }

  *some(most: number): Reading<Buffer> {
    while (this.#at === this.#piece.length) yield;
    const end = Math.min(this.#piece.length, this.#at + most);
    const bytes = this.#piece.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }
}

/** Whole, in one piece: `count` is bounded by who asks. */
export function* whole(source: ByteSource, count: number): Reading<Buffer> {
  const bytes = Buffer.allocUnsafe(count);
  for (let at = 0; at < count; ) at += (yield* source.some(count - at)).copy(bytes, at);
  return bytes;
}

export function* pass(
  source: ByteSource,
  count: number,
  take: (bytes: Buffer) => void,
): Reading<void> {
  for (let left = count; left > 0; ) {
    const bytes = yield* source.some(left);
    left -= bytes.length;
    take(bytes);
  }
}

export function* skip(source: ByteSource, count: number): Reading<void> {
  for (let left = count; left > 0; ) left -= (yield* source.some(left)).length;
}

import { NotUnderstood } from './not-understood.ts';
import { int32 } from './numbers.ts';
import { type ByteSource, pass, type Reading, skip } from './reading.ts';

/** Told of what makes up one file. */
export interface ContentsTaker {
  literal(bytes: Buffer): void;
  /** A part that the other end has already. */
  repeated(): void;
  /** Compressed, so many bytes of it. */
  packed(bytes: number): void;
}

/** rsync's match.c: how the other end's file, if it has one, was cut into blocks. */
export interface Blocks {
  readonly count: number;
}

const largestBlock = 1 << 17;
const longestSum = 64;

export function* readBlocks(source: ByteSource): Reading<Blocks> {
  const count = yield* int32(source);
  const size = yield* int32(source);
  const sum = yield* int32(source);
  const rest = yield* int32(source);
  const sound = count >= 0 && within(size, largestBlock) && within(sum, longestSum);
  if (!sound || !within(rest, size)) throw new NotUnderstood('the blocks of a file');
  return { count };
}

function within(value: number, most: number): boolean {
  return value >= 0 && value <= most;
}

/** token.c, `simple_send_token`: a length and so many bytes, or a block below zero; then zero. */
export function* readPlain(source: ByteSource, to: ContentsTaker): Reading<void> {
  for (;;) {
    const token = yield* int32(source);
    if (token === 0) return;
    if (token < 0) to.repeated();
    else yield* pass(source, token, (bytes) => to.literal(bytes));
  }
}

/** token.c: all compressions are framed alike; a byte says what follows, and zero ends it. */
export function* readPacked(source: ByteSource, to: ContentsTaker): Reading<void> {
  for (;;) {
    const head = yield* source.byte();
    if (head === 0) return;
    if ((head & 0xc0) === 0x40) {
      const length = (head & 0x3f) * 256 + (yield* source.byte());
      yield* skip(source, length);
      to.packed(length);
    } else {
      yield* skip(source, tokenBytes(head));
      to.repeated();
    }
  }
}

/** Behind its first byte: a block's number where it is far, and of a run its length. */
function tokenBytes(head: number): number {
  if ((head & 0x80) !== 0) return (head & 0x40) === 0 ? 0 : 2;
  if (head === 0x20) return 4;
  if (head === 0x21) return 6;
  throw new NotUnderstood('a part of a compressed file');
}

import { NotUnderstood } from './not-understood.ts';
import { type ByteSource, type Reading, whole } from './reading.ts';

/** rsync's io.c: numbers are little-endian, and short where they are small. */
export function* int32(source: ByteSource): Reading<number> {
  return (yield* unsigned(source, 4)) | 0;
}

export function* uint16(source: ByteSource): Reading<number> {
  return yield* unsigned(source, 2);
}

/** Its first byte says, by its leading ones, how many follow, and has the highest bits. */
export function* varint(source: ByteSource): Reading<number> {
  const there = source.now();
  const first = there < 0 ? yield* source.byte() : there;
  const more = followers(first);
  if (more > 4) throw new NotUnderstood('a number is too long');
  const low = yield* unsigned(source, more);
  return (low + highBits(first, more) * 256 ** more) | 0;
}

/**
 * Up to 64 bits, `least` bytes of it always there. Above 2^53, and so for negative ones, which
 * only times are, it is not exact.
 */
export function* varlong(source: ByteSource, least: number): Reading<number> {
  const there = source.now();
  const first = there < 0 ? yield* source.byte() : there;
  const more = followers(first);
  if (least + more > 9) throw new NotUnderstood('a number is too long');
  const count = least - 1 + more;
  return (yield* unsigned(source, count)) + highBits(first, more) * 256 ** count;
}

/** Of at most 32,767 bytes, and of `most` here. */
export function* vstring(source: ByteSource, most: number): Reading<Buffer> {
  const first = yield* source.byte();
  const length = first < 0x80 ? first : (first - 0x80) * 256 + (yield* source.byte());
  if (length > most) throw new NotUnderstood('a text is too long');
  return yield* whole(source, length);
}

/** A generator for each byte costs more than all that is read of it: most are there. */
function* unsigned(source: ByteSource, count: number): Reading<number> {
  let value = 0;
  for (let at = 0; at < count; at += 1) {
    const there = source.now();
    value += (there < 0 ? yield* source.byte() : there) * 256 ** at;
  }
  return value;
}

/** Six at most: the last two bits say nothing. */
function followers(first: number): number {
  return Math.min(6, Math.clz32(~(first << 24)));
}

function highBits(first: number, more: number): number {
  return first & (0xff >> more);
}

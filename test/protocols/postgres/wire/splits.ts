import fc from 'fast-check';

/** Cuts bytes at arbitrary places; sizes repeat when the bytes are longer than their sum. */
export function splitAt(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? bytes.length;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

/** Every place where one message stops and the next may start, the beginning included. */
export function messageEnds(messages: readonly Buffer[]): ReadonlySet<number> {
  const ends = new Set<number>([0]);
  let total = 0;
  for (const raw of messages) {
    total += raw.length;
    ends.add(total);
  }
  return ends;
}

export const sizes = fc.oneof(
  fc.constant([1]),
  fc.constant([1 << 20]),
  fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 }),
);

export const bytes = (maxLength: number) =>
  fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));

/** Text that PostgreSQL can carry: no NUL, no lone surrogate. */
export const text = fc
  .string({ unit: 'binary', maxLength: 30 })
  .map((value) => Buffer.from(value.replaceAll('\0', '')).toString());

export const name = text.map((value) => {
  let cut = value;
  while (Buffer.byteLength(cut) > 63) cut = [...cut].slice(0, -1).join('');
  return cut;
});

/**
 * What is looked at: those bytes that lie in `[start, end)`. What stands around them, in the same
 * buffer, is not there for anybody who looks.
 */
export interface Text {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

export function wholeText(bytes: Buffer): Text {
  return { bytes, start: 0, end: bytes.length };
}

/** 1 for each byte that is in it. */
export type ByteSet = Uint8Array;

/** Ranges as in a regular expression's class, without escapes: `A-Za-z0-9_-`. */
export function byteSet(ranges: string, options: { readonly above?: boolean } = {}): ByteSet {
  const set = new Uint8Array(256);
  for (const [, first = '', last = first] of ranges.matchAll(/(.)(?:-(.))?/gs)) {
    set.fill(1, first.charCodeAt(0), last.charCodeAt(0) + 1);
  }
  // Bytes of UTF-8 characters beyond ASCII.
  if (options.above === true) set.fill(1, 0x80);
  return set;
}

export const digits = byteSet('0-9');
export const wordBytes = byteSet('A-Za-z0-9_', { above: true });

/** Where the run of these bytes that begins at `at` ends, at `limit` at the latest. */
export function runEnd(bytes: Buffer, at: number, limit: number, set: ByteSet): number {
  let stop = at;
  while (stop < limit && set[bytes[stop] ?? 0] === 1) stop += 1;
  return stop;
}

/** Whether there is a byte at that place, and it is one of them. */
export function has(set: ByteSet, { bytes, start, end }: Text, at: number): boolean {
  return at >= start && at < end && set[bytes[at] ?? 0] === 1;
}

/** Whether that byte stands at that place. */
export function stands(byte: number, { bytes, start, end }: Text, at: number): boolean {
  return at >= start && at < end && bytes[at] === byte;
}

/** Beyond these a native search is worth the view that it takes. */
const nearBytes = 256;

/** Where that byte stands next between `from` and `end`; -1 where it does not. */
export function indexOfByte(bytes: Buffer, byte: number, from: number, end: number): number {
  const near = end - from > nearBytes ? from + nearBytes : end;
  for (let at = from; at < near; at += 1) if (bytes[at] === byte) return at;
  if (near === end) return -1;
  const found = bytes.subarray(near, end).indexOf(byte);
  return found === -1 ? -1 : near + found;
}

/** Where these ASCII characters stand next between `from` and `to`; -1 where they do not. */
export function indexOfAscii({ bytes }: Text, ascii: string, from: number, to: number): number {
  const found = bytes.subarray(from, to).indexOf(ascii, 0, 'latin1');
  return found === -1 ? -1 : from + found;
}

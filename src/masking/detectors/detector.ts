/** Told of each thing that is found: `[start, end)`, in the order of their starts. */
export type Found = (start: number, end: number) => void;

/**
 * Finds one kind of thing in bytes that are looked at from `from` on; what stands before is only
 * there to be looked back at. Never takes more than time linear in the bytes.
 */
export interface Detector {
  /**
   * Returns where the first thing may begin whose end is not known before more bytes come; what
   * begins there or behind it is found again then. With `final`, no more will come.
   */
  scan(bytes: Buffer, from: number, final: boolean, found: Found): number;
  /** A byte without which there is nothing to be found. */
  readonly needs?: number;
  /**
   * For what can be longer than anything that is held back: the bytes that carry it on. What is
   * found is then `longest` bytes at most, and these behind it belong to it.
   */
  readonly continues?: { readonly by: ByteSet; readonly longest: number };
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
export function runEnd(bytes: Buffer, at: number, set: ByteSet, limit: number): number {
  const last = Math.min(limit, bytes.length);
  let end = at;
  while (end < last && set[bytes[end] ?? 0] === 1) end += 1;
  return end;
}

/**
 * Whether there is a byte at that place, and it is one of them. Reading outside of the bytes
 * would make every reading slow.
 */
export function has(set: ByteSet, bytes: Buffer, at: number): boolean {
  return at >= 0 && at < bytes.length && set[bytes[at] ?? 0] === 1;
}

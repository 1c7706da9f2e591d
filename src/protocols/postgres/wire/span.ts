/**
 * One whole message, header included, where it lies in the bytes that it came with: a view of
 * each costs more than reading it.
 */
export interface Span {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** A message that is all of these bytes. */
export function spanOf(bytes: Buffer): Span {
  return { bytes, start: 0, end: bytes.length };
}

export function viewOf({ bytes, start, end }: Span): Buffer {
  return bytes.subarray(start, end);
}

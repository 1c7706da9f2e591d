import { WireError } from '../wire/wire-error.ts';
import type { ValueMask } from './value-mask.ts';

/** For each column of a result, what masks it; null for one that passes. */
export type RowMask = readonly (ValueMask | null)[];

const headerBytes = 7;

/** A value that is replaced: its length word is at `at`, and it ends at `end`. */
interface Change {
  readonly at: number;
  readonly end: number;
  readonly masked: Buffer | null;
}

/**
 * A DataRow with its values masked: the very same message when none of them changed, else the
 * values that did not change as they came.
 * @throws WireError for a row that is not of these columns
 */
export function maskRow(raw: Buffer, masks: RowMask): Buffer {
  if (raw.length < headerBytes || raw.readUInt16BE(5) !== masks.length) {
    throw new WireError('BAD_COUNT', 'a row does not match its description');
  }
  const changes: Change[] = [];
  let size = raw.length;
  let at = headerBytes;
  for (const mask of masks) {
    const start = at + 4;
    if (start > raw.length) throw new WireError('TRUNCATED', 'a row ends inside a value');
    const length = raw.readInt32BE(at);
    const end = length < 0 ? start : start + length;
    if (end > raw.length) throw new WireError('TRUNCATED', 'a row ends inside a value');
    if (mask !== null && length >= 0) {
      const value = raw.subarray(start, end);
      const masked = mask(value);
      if (masked !== value) {
        changes.push({ at, end, masked });
        size += (masked?.length ?? 0) - length;
      }
    }
    at = end;
  }
  if (at !== raw.length) throw new WireError('TRAILING_BYTES', 'bytes behind the last value');
  return changes.length === 0 ? raw : changed(raw, changes, size);
}

/** One allocation and no piece in between: there may be thousands of rows in a chunk. */
function changed(raw: Buffer, changes: readonly Change[], size: number): Buffer {
  const row = Buffer.allocUnsafe(size);
  let from = 0;
  let to = 0;
  for (const { at, end, masked } of changes) {
    to += raw.copy(row, to, from, at);
    to = row.writeInt32BE(masked === null ? -1 : masked.length, to);
    if (masked !== null) to += masked.copy(row, to);
    from = end;
  }
  raw.copy(row, to, from);
  row.writeInt32BE(size - 1, 1);
  return row;
}

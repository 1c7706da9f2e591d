import { backendType } from '../wire/backend-types.ts';
import { encodeMessage, int32, uint16 } from '../wire/encode.ts';
import { WireError } from '../wire/wire-error.ts';
import type { ValueMask } from './value-mask.ts';

/** For each column of a result, what masks it; null for one that passes. */
export type RowMask = readonly (ValueMask | null)[];

const headerBytes = 7;
const nullValue = int32(-1);

/**
 * A DataRow with its values masked: the very same message when none of them changed, else the
 * values that did not change as they came.
 * @throws WireError for a row that is not of these columns
 */
export function maskRow(raw: Buffer, masks: RowMask): Buffer {
  if (raw.length < headerBytes || raw.readUInt16BE(5) !== masks.length) {
    throw new WireError('BAD_COUNT', 'a row does not match its description');
  }
  let pieces: Buffer[] | null = null;
  let kept = headerBytes;
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
        pieces ??= [uint16(masks.length)];
        pieces.push(raw.subarray(kept, at));
        if (masked === null) pieces.push(nullValue);
        else pieces.push(int32(masked.length), masked);
        kept = end;
      }
    }
    at = end;
  }
  if (at !== raw.length) throw new WireError('TRAILING_BYTES', 'bytes behind the last value');
  if (pieces === null) return raw;
  return encodeMessage(backendType.dataRow, ...pieces, raw.subarray(kept));
}

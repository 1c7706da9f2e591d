import { isUtf8 } from 'node:buffer';
import type { RecordedValue } from '../../core/recording.ts';
import { decodeDataRow } from './wire/backend/data-row.ts';
import type { ColumnDescription } from './wire/backend/row-description.ts';

/** Of one value; the start of a longer one. */
const maxTextBytes = 1024;
const maxHexBytes = 64;
const control = /(?![\t\n\r])\p{Cc}/u;

/** A row as the client gets it. Without a description its formats are guessed. */
export function recordedRow(
  raw: Buffer,
  columns: readonly ColumnDescription[] | null,
): RecordedValue[] {
  return decodeDataRow(raw).values.map((value, index) => {
    if (value === null) return null;
    const format = columns?.[index]?.format;
    return format === 1 ? binary(value) : text(value, format === undefined);
  });
}

function text(value: Buffer, guessed: boolean): RecordedValue {
  if (!isUtf8(value)) return binary(value);
  if (value.length > maxTextBytes) {
    return { start: value.toString('utf8', 0, maxTextBytes), bytes: value.length };
  }
  const words = value.toString('utf8');
  return guessed && control.test(words) ? binary(value) : words;
}

function binary(value: Buffer): RecordedValue {
  return value.length > maxHexBytes ? { bytes: value.length } : { hex: value.toString('hex') };
}

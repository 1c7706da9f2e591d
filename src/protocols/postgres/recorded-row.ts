import { isUtf8 } from 'node:buffer';
import type { RecordedValue } from '../../core/recording.ts';
import { backendType } from './wire/backend-types.ts';
import { BodyReader } from './wire/body-reader.ts';
import type { FormatCode } from './wire/format-code.ts';

/** Of one value; the start of a longer one. */
const maxTextBytes = 1024;
const maxHexBytes = 64;
/** Values of no more than these are looked at byte by byte: a native call costs more. */
const maxShortBytes = 64;
const control = /(?![\t\n\r])\p{Cc}/u;

/**
 * The DataRow between `start` and `end`, as the client gets it. Without formats they are guessed.
 * Throws WireError.
 */
export function recordedRow(
  bytes: Buffer,
  start: number,
  end: number,
  formats: readonly FormatCode[] | null,
): RecordedValue[] {
  const body = BodyReader.ofMessage(bytes, backendType.dataRow, start, end);
  const count = body.count(4);
  const row: RecordedValue[] = [];
  for (let index = 0; index < count; index += 1) row.push(recordedValue(body, formats?.[index]));
  body.end();
  return row;
}

/** The FunctionCallResponse between `start` and `end`, as a row of one value. Throws WireError. */
export function recordedResult(bytes: Buffer, start: number, end: number): RecordedValue[] {
  const body = BodyReader.ofMessage(bytes, backendType.functionCallResponse, start, end);
  const row = [recordedValue(body, undefined)];
  body.end();
  return row;
}

function recordedValue(body: BodyReader, format: FormatCode | undefined): RecordedValue {
  const plain = format === 1 ? null : body.printableValue(maxShortBytes);
  if (plain !== null) return plain;
  const value = body.value();
  if (value === null) return null;
  return format === 1 ? binary(value) : text(value, format === undefined);
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

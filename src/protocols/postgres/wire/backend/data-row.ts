import { backendType } from '../backend-types.ts';
import { BodyReader } from '../body-reader.ts';
import { encodeMessage, uint16, valueBytes } from '../encode.ts';

export interface DataRow {
  readonly kind: 'dataRow';
  readonly raw: Buffer;
  /** Views of `raw`, undecoded. */
  readonly values: readonly (Buffer | null)[];
}

export function decodeDataRow(raw: Buffer): DataRow {
  const body = BodyReader.ofMessage(raw, backendType.dataRow);
  const values = Array.from({ length: body.count(4) }, () => body.value());
  body.end();
  return { kind: 'dataRow', raw, values };
}

export function encodeDataRow(values: readonly (Buffer | null)[]): Buffer {
  return encodeMessage(backendType.dataRow, uint16(values.length), ...values.map(valueBytes));
}

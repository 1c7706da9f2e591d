import { backendType } from '../backend-types.ts';
import { BodyReader } from '../body-reader.ts';
import { encodeMessage, uint8, uint16 } from '../encode.ts';
import { type FormatCode, readFormatCode } from '../format-code.ts';
import { WireError } from '../wire-error.ts';

export type CopyResponseKind = 'copyInResponse' | 'copyOutResponse' | 'copyBothResponse';

/** The server enters COPY mode: in takes data from the client, out sends it, both is replication. */
export interface CopyResponse {
  readonly kind: CopyResponseKind;
  readonly raw: Buffer;
  readonly format: FormatCode;
  readonly columnFormats: readonly FormatCode[];
}

export function decodeCopyResponse(raw: Buffer, kind: CopyResponseKind): CopyResponse {
  const body = BodyReader.ofMessage(raw, backendType[kind]);
  const format = body.uint8();
  if (format !== 0 && format !== 1) throw new WireError('BAD_VALUE', 'unknown COPY format');
  const columnFormats = Array.from({ length: body.count(2) }, () => readFormatCode(body));
  body.end();
  return { kind, raw, format, columnFormats };
}

export function encodeCopyResponse(response: Omit<CopyResponse, 'raw'>): Buffer {
  const { kind, format, columnFormats } = response;
  const formats = columnFormats.map(uint16);
  return encodeMessage(backendType[kind], uint8(format), uint16(formats.length), ...formats);
}

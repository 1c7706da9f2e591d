import { BodyReader } from '../body-reader.ts';
import { encodeMessage, int16, uint16, uint32, valueBytes } from '../encode.ts';
import { type FormatCode, readFormatCode } from '../format-code.ts';
import { frontendType } from '../frontend-types.ts';
import type { Span } from '../span.ts';
import { WireError } from '../wire-error.ts';

export interface FunctionCall {
  readonly kind: 'functionCall';
  readonly raw: Span;
  readonly functionOid: number;
  readonly argumentFormats: readonly FormatCode[];
  readonly values: readonly (Buffer | null)[];
  readonly resultFormat: FormatCode;
}

export function decodeFunctionCall(raw: Span): FunctionCall {
  const body = BodyReader.ofSpan(raw, frontendType.functionCall);
  const functionOid = body.uint32();
  const argumentFormats = Array.from({ length: body.count(2) }, () => readFormatCode(body));
  const values = Array.from({ length: body.count(4) }, () => body.value());
  const resultFormat = readFormatCode(body);
  body.end();
  if (argumentFormats.length > 1 && argumentFormats.length !== values.length) {
    throw new WireError('BAD_COUNT', 'as many argument formats as values are needed');
  }
  return { kind: 'functionCall', raw, functionOid, argumentFormats, values, resultFormat };
}

export function encodeFunctionCall(call: Omit<FunctionCall, 'kind' | 'raw'>): Buffer {
  return encodeMessage(
    frontendType.functionCall,
    uint32(call.functionOid),
    uint16(call.argumentFormats.length),
    ...call.argumentFormats.map(uint16),
    uint16(call.values.length),
    ...call.values.map(valueBytes),
    int16(call.resultFormat),
  );
}

import { BodyReader } from '../body-reader.ts';
import { cString, encodeMessage, uint16, valueBytes } from '../encode.ts';
import { type FormatCode, readFormatCode } from '../format-code.ts';
import { frontendType } from '../frontend-types.ts';
import type { Span } from '../span.ts';
import { WireError } from '../wire-error.ts';

export interface Bind {
  readonly kind: 'bind';
  readonly raw: Span;
  readonly portal: string;
  readonly statement: string;
  /** None: all text. One: for all. Else one for each value. */
  readonly parameterFormats: readonly FormatCode[];
  readonly values: readonly (Buffer | null)[];
  readonly resultFormats: readonly FormatCode[];
}

export function decodeBind(raw: Span): Bind {
  const body = BodyReader.ofSpan(raw, frontendType.bind);
  const portal = body.name();
  const statement = body.name();
  const parameterFormats = readFormatCodes(body);
  const values: (Buffer | null)[] = [];
  for (let left = body.count(4); left > 0; left -= 1) values.push(body.value());
  const resultFormats = readFormatCodes(body);
  body.end();
  if (parameterFormats.length > 1 && parameterFormats.length !== values.length) {
    throw new WireError('BAD_COUNT', 'as many parameter formats as values are needed');
  }
  return { kind: 'bind', raw, portal, statement, parameterFormats, values, resultFormats };
}

function readFormatCodes(body: BodyReader): FormatCode[] {
  const codes: FormatCode[] = [];
  for (let left = body.count(2); left > 0; left -= 1) codes.push(readFormatCode(body));
  return codes;
}

/** The format of the value at `index`, from the three ways to say it. */
export function parameterFormat(formats: Bind['parameterFormats'], index: number): FormatCode {
  return formats[formats.length === 1 ? 0 : index] ?? 0;
}

export function encodeBind(bind: Omit<Bind, 'kind' | 'raw'>): Buffer {
  return encodeMessage(
    frontendType.bind,
    cString(bind.portal),
    cString(bind.statement),
    uint16(bind.parameterFormats.length),
    ...bind.parameterFormats.map(uint16),
    uint16(bind.values.length),
    ...bind.values.map(valueBytes),
    uint16(bind.resultFormats.length),
    ...bind.resultFormats.map(uint16),
  );
}

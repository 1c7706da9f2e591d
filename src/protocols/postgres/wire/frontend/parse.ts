import { BodyReader } from '../body-reader.ts';
import { cString, encodeMessage, uint16, uint32 } from '../encode.ts';
import { frontendType } from '../frontend-types.ts';
import type { Span } from '../span.ts';

export interface Parse {
  readonly kind: 'parse';
  readonly raw: Span;
  /** Empty for the unnamed statement. */
  readonly statement: string;
  readonly text: string;
  /** OIDs; 0 leaves the type to the server. May be fewer than there are parameters. */
  readonly parameterTypes: readonly number[];
}

export function decodeParse(raw: Span): Parse {
  const body = BodyReader.ofSpan(raw, frontendType.parse);
  const statement = body.name();
  const text = body.string();
  const parameterTypes = Array.from({ length: body.count(4) }, () => body.uint32());
  body.end();
  return { kind: 'parse', raw, statement, text, parameterTypes };
}

export function encodeParse(parse: Omit<Parse, 'kind' | 'raw'>): Buffer {
  return encodeMessage(
    frontendType.parse,
    cString(parse.statement),
    cString(parse.text),
    uint16(parse.parameterTypes.length),
    ...parse.parameterTypes.map(uint32),
  );
}

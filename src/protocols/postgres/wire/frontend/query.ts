import { BodyReader } from '../body-reader.ts';
import { cString, encodeMessage } from '../encode.ts';
import { frontendType } from '../frontend-types.ts';
import type { Span } from '../span.ts';

export interface Query {
  readonly kind: 'query';
  readonly raw: Span;
  readonly text: string;
}

export function decodeQuery(raw: Span): Query {
  const body = BodyReader.ofSpan(raw, frontendType.query);
  const text = body.string();
  body.end();
  return { kind: 'query', raw, text };
}

export function encodeQuery(text: string): Buffer {
  return encodeMessage(frontendType.query, cString(text));
}

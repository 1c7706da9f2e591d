import { BodyReader } from '../body-reader.ts';
import { cString, encodeMessage } from '../encode.ts';
import { frontendType } from '../frontend-types.ts';

export interface Query {
  readonly kind: 'query';
  readonly raw: Buffer;
  readonly text: string;
}

export function decodeQuery(raw: Buffer): Query {
  const body = BodyReader.ofMessage(raw, frontendType.query);
  const text = body.string();
  body.end();
  return { kind: 'query', raw, text };
}

export function encodeQuery(text: string): Buffer {
  return encodeMessage(frontendType.query, cString(text));
}

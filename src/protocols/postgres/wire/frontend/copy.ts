import { BodyReader } from '../body-reader.ts';
import { cString, encodeMessage } from '../encode.ts';
import { frontendType } from '../frontend-types.ts';
import type { Span } from '../span.ts';

export interface CopyData {
  readonly kind: 'copyData';
  readonly raw: Span;
  readonly data: Buffer;
}

export interface CopyFail {
  readonly kind: 'copyFail';
  readonly raw: Span;
  readonly message: string;
}

/** The framer hands CopyData on in pieces; this is for the rare whole message. */
export function decodeCopyData(raw: Span): CopyData {
  const data = BodyReader.ofSpan(raw, frontendType.copyData).rest();
  return { kind: 'copyData', raw, data };
}

export function decodeCopyFail(raw: Span): CopyFail {
  const body = BodyReader.ofSpan(raw, frontendType.copyFail);
  const message = body.string();
  body.end();
  return { kind: 'copyFail', raw, message };
}

export function encodeCopyData(data: Buffer): Buffer {
  return encodeMessage(frontendType.copyData, data);
}

export function encodeCopyFail(message: string): Buffer {
  return encodeMessage(frontendType.copyFail, cString(message));
}

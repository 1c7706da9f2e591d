import { BodyReader } from '../body-reader.ts';
import { cString, encodeMessage } from '../encode.ts';
import { frontendType } from '../frontend-types.ts';

export interface CopyData {
  readonly kind: 'copyData';
  readonly raw: Buffer;
  readonly data: Buffer;
}

export interface CopyFail {
  readonly kind: 'copyFail';
  readonly raw: Buffer;
  readonly message: string;
}

/** The framer hands CopyData on in pieces; this is for the rare whole message. */
export function decodeCopyData(raw: Buffer): CopyData {
  const data = BodyReader.ofMessage(raw, frontendType.copyData).rest();
  return { kind: 'copyData', raw, data };
}

export function decodeCopyFail(raw: Buffer): CopyFail {
  const body = BodyReader.ofMessage(raw, frontendType.copyFail);
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

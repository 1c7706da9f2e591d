import { backendType } from '../backend-types.ts';
import { BodyReader } from '../body-reader.ts';
import { encodeMessage } from '../encode.ts';

export type BodilessReplyKind =
  | 'bindComplete'
  | 'closeComplete'
  | 'copyDone'
  | 'emptyQueryResponse'
  | 'noData'
  | 'parseComplete'
  | 'portalSuspended';

export type BodilessReply = {
  [Kind in BodilessReplyKind]: { readonly kind: Kind; readonly raw: Buffer };
}[BodilessReplyKind];

export function decodeBodilessReply(raw: Buffer, kind: BodilessReplyKind): BodilessReply {
  BodyReader.ofMessage(raw, backendType[kind]).end();
  return { kind, raw };
}

export function encodeBodilessReply(kind: BodilessReplyKind): Buffer {
  return encodeMessage(backendType[kind]);
}

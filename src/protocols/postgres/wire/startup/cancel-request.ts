import type { BodyReader } from '../body-reader.ts';
import { type CancelKey, readCancelKey } from '../cancel-key.ts';
import { encodePacket, int32, uint32 } from '../encode.ts';

export const cancelRequestCode = (1234 << 16) | 5678;

export interface CancelRequest extends CancelKey {
  readonly kind: 'cancel';
  readonly raw: Buffer;
}

/** Reads behind length and code. */
export function readCancelRequest(raw: Buffer, body: BodyReader): CancelRequest {
  return { kind: 'cancel', raw, ...readCancelKey(body) };
}

export function encodeCancelRequest({ pid, secret }: CancelKey): Buffer {
  return encodePacket(int32(cancelRequestCode), uint32(pid), secret);
}

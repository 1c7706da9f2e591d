import { backendType } from '../backend-types.ts';
import { BodyReader } from '../body-reader.ts';
import { type CancelKey, readCancelKey } from '../cancel-key.ts';
import { encodeMessage, uint32 } from '../encode.ts';

export interface BackendKeyData extends CancelKey {
  readonly kind: 'backendKeyData';
  readonly raw: Buffer;
}

export function decodeBackendKeyData(raw: Buffer): BackendKeyData {
  const body = BodyReader.ofMessage(raw, backendType.backendKeyData);
  return { kind: 'backendKeyData', raw, ...readCancelKey(body) };
}

export function encodeBackendKeyData({ pid, secret }: CancelKey): Buffer {
  return encodeMessage(backendType.backendKeyData, uint32(pid), secret);
}

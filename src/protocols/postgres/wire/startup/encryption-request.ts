import { encodePacket, int32 } from '../encode.ts';

export const sslRequestCode = (1234 << 16) | 5679;
export const gssEncRequestCode = (1234 << 16) | 5680;

export interface EncryptionRequest {
  readonly kind: 'ssl' | 'gss';
  readonly raw: Buffer;
}

export function encodeSslRequest(): Buffer {
  return encodePacket(int32(sslRequestCode));
}

export function encodeGssEncRequest(): Buffer {
  return encodePacket(int32(gssEncRequestCode));
}

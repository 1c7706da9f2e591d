import { serialize } from 'pg-protocol';
import { BodyReader } from '../body-reader.ts';
import { cString, encodeMessage } from '../encode.ts';
import { frontendType } from '../frontend-types.ts';
import type { Span } from '../span.ts';

/** PasswordMessage, SASLInitialResponse, SASLResponse or GSSResponse: only the state tells which. */
export interface AuthenticationResponse {
  readonly kind: 'authentication';
  readonly raw: Span;
  readonly body: Buffer;
}

export function decodeAuthenticationResponse(raw: Span): AuthenticationResponse {
  const body = BodyReader.ofSpan(raw, frontendType.authentication).rest();
  return { kind: 'authentication', raw, body };
}

export function encodePassword(password: string): Buffer {
  return encodeMessage(frontendType.authentication, cString(password));
}

export function encodeSaslInitialResponse(mechanism: string, response: string): Buffer {
  return serialize.sendSASLInitialResponseMessage(mechanism, response);
}

export function encodeSaslResponse(response: string): Buffer {
  return serialize.sendSCRAMClientFinalMessage(response);
}

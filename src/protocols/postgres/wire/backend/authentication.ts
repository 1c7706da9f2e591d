import { backendType } from '../backend-types.ts';
import { BodyReader } from '../body-reader.ts';
import { cString, encodeMessage, int32 } from '../encode.ts';
import { WireError } from '../wire-error.ts';

/** What a server asks for. `unsupported` are the methods that hoopx does not speak: GSS, SSPI, … */
export type AuthenticationRequest =
  | { readonly method: 'ok' }
  | { readonly method: 'cleartext' }
  | { readonly method: 'md5'; readonly salt: Buffer }
  | { readonly method: 'sasl'; readonly mechanisms: readonly string[] }
  | { readonly method: 'saslContinue'; readonly data: Buffer }
  | { readonly method: 'saslFinal'; readonly data: Buffer }
  | { readonly method: 'unsupported'; readonly code: number };

export type Authentication = AuthenticationRequest & {
  readonly kind: 'authentication';
  readonly raw: Buffer;
};

export function decodeAuthentication(raw: Buffer): Authentication {
  const body = BodyReader.ofMessage(raw, backendType.authentication);
  const request = readRequest(body);
  body.end();
  return { kind: 'authentication', raw, ...request };
}

export function encodeAuthenticationOk(): Buffer {
  return encodeMessage(backendType.authentication, int32(0));
}

export function encodeAuthenticationSasl(mechanisms: readonly string[]): Buffer {
  const names = mechanisms.map(cString);
  return encodeMessage(backendType.authentication, int32(10), ...names, Buffer.of(0));
}

function readRequest(body: BodyReader): AuthenticationRequest {
  const code = body.int32();
  switch (code) {
    case 0:
      return { method: 'ok' };
    case 3:
      return { method: 'cleartext' };
    case 5:
      return { method: 'md5', salt: body.bytes(4) };
    case 10:
      return { method: 'sasl', mechanisms: readMechanisms(body) };
    case 11:
      return { method: 'saslContinue', data: body.rest() };
    case 12:
      return { method: 'saslFinal', data: body.rest() };
    default:
      body.rest();
      return { method: 'unsupported', code };
  }
}

function readMechanisms(body: BodyReader): readonly string[] {
  const mechanisms: string[] = [];
  for (;;) {
    const name = body.string();
    if (name === '') return mechanisms;
    if (mechanisms.length === 16) throw new WireError('BAD_COUNT', 'too many SASL mechanisms');
    mechanisms.push(name);
  }
}

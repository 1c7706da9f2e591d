import { backendType } from '../backend-types.ts';
import { BodyReader } from '../body-reader.ts';
import { encodeMessage, valueBytes } from '../encode.ts';

export interface FunctionCallResponse {
  readonly kind: 'functionCallResponse';
  readonly raw: Buffer;
  readonly value: Buffer | null;
}

export function decodeFunctionCallResponse(raw: Buffer): FunctionCallResponse {
  const body = BodyReader.ofMessage(raw, backendType.functionCallResponse);
  const value = body.value();
  body.end();
  return { kind: 'functionCallResponse', raw, value };
}

export function encodeFunctionCallResponse(value: Buffer | null): Buffer {
  return encodeMessage(backendType.functionCallResponse, valueBytes(value));
}

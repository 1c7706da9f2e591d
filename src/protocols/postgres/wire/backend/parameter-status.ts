import { backendType } from '../backend-types.ts';
import { BodyReader } from '../body-reader.ts';
import { cString, encodeMessage } from '../encode.ts';

export interface ParameterStatus {
  readonly kind: 'parameterStatus';
  readonly raw: Buffer;
  readonly name: string;
  readonly value: string;
}

export function decodeParameterStatus(raw: Buffer): ParameterStatus {
  const body = BodyReader.ofMessage(raw, backendType.parameterStatus);
  const name = body.string();
  const value = body.string();
  body.end();
  return { kind: 'parameterStatus', raw, name, value };
}

export function encodeParameterStatus(name: string, value: string): Buffer {
  return encodeMessage(backendType.parameterStatus, cString(name), cString(value));
}

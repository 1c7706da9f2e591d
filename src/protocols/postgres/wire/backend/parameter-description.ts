import { backendType } from '../backend-types.ts';
import { BodyReader } from '../body-reader.ts';
import { encodeMessage, uint16, uint32 } from '../encode.ts';

export interface ParameterDescription {
  readonly kind: 'parameterDescription';
  readonly raw: Buffer;
  /** One for each parameter of the statement. */
  readonly typeOids: readonly number[];
}

export function decodeParameterDescription(raw: Buffer): ParameterDescription {
  const body = BodyReader.ofMessage(raw, backendType.parameterDescription);
  const typeOids = Array.from({ length: body.count(4) }, () => body.uint32());
  body.end();
  return { kind: 'parameterDescription', raw, typeOids };
}

export function encodeParameterDescription(typeOids: readonly number[]): Buffer {
  const type = backendType.parameterDescription;
  return encodeMessage(type, uint16(typeOids.length), ...typeOids.map(uint32));
}

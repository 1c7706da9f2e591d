import type { BodyReader } from '../body-reader.ts';
import { cString, encodePacket, int32 } from '../encode.ts';
import { WireError } from '../wire-error.ts';

export interface StartupMessage {
  readonly kind: 'startup';
  readonly raw: Buffer;
  /** 0 for protocol 3.0, 2 for 3.2; the major version is 3. */
  readonly minor: number;
  /** As sent; each name once. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Reads behind length and version. */
export function readStartupMessage(raw: Buffer, minor: number, body: BodyReader): StartupMessage {
  const parameters = new Map<string, string>();
  for (let name = body.string(); name !== ''; name = body.string()) {
    if (parameters.has(name)) throw new WireError('BAD_VALUE', 'a startup parameter comes twice');
    parameters.set(name, body.string());
  }
  body.end();
  return { kind: 'startup', raw, minor, parameters };
}

/** Protocol 3.0. */
export function encodeStartupMessage(parameters: ReadonlyMap<string, string>): Buffer {
  const texts = [...parameters].flat().map(cString);
  return encodePacket(int32(3 << 16), ...texts, Buffer.of(0));
}

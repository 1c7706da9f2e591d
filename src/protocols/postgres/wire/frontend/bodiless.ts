import { serialize } from 'pg-protocol';
import { BodyReader } from '../body-reader.ts';
import { frontendType } from '../frontend-types.ts';

export type BodilessKind = 'copyDone' | 'flush' | 'sync' | 'terminate';

export type Bodiless = {
  [Kind in BodilessKind]: { readonly kind: Kind; readonly raw: Buffer };
}[BodilessKind];

export function decodeBodiless(raw: Buffer, kind: BodilessKind): Bodiless {
  BodyReader.ofMessage(raw, frontendType[kind]).end();
  return { kind, raw };
}

export function encodeFlush(): Buffer {
  return serialize.flush();
}

export function encodeSync(): Buffer {
  return serialize.sync();
}

export function encodeTerminate(): Buffer {
  return serialize.end();
}

import { serialize } from 'pg-protocol';
import { BodyReader } from '../body-reader.ts';
import { frontendType } from '../frontend-types.ts';
import type { Span } from '../span.ts';

export type BodilessKind = 'copyDone' | 'flush' | 'sync' | 'terminate';

export type Bodiless = {
  [Kind in BodilessKind]: { readonly kind: Kind; readonly raw: Span };
}[BodilessKind];

export function decodeBodiless(raw: Span, kind: BodilessKind): Bodiless {
  BodyReader.ofSpan(raw, frontendType[kind]).end();
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

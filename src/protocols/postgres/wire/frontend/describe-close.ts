import { serialize } from 'pg-protocol';
import { BodyReader } from '../body-reader.ts';
import { frontendType } from '../frontend-types.ts';
import type { Span } from '../span.ts';
import { WireError } from '../wire-error.ts';

/** What Describe and Close name: both have the same body. */
export interface NamedObject {
  readonly object: 'statement' | 'portal';
  readonly name: string;
}

export interface Describe extends NamedObject {
  readonly kind: 'describe';
  readonly raw: Span;
}

export interface Close extends NamedObject {
  readonly kind: 'close';
  readonly raw: Span;
}

export function decodeDescribe(raw: Span): Describe {
  const { object, name } = namedObject(raw, frontendType.describe);
  return { kind: 'describe', raw, object, name };
}

export function decodeClose(raw: Span): Close {
  const { object, name } = namedObject(raw, frontendType.close);
  return { kind: 'close', raw, object, name };
}

export function encodeDescribe({ object, name }: NamedObject): Buffer {
  return serialize.describe({ type: object === 'statement' ? 'S' : 'P', name });
}

export function encodeClose({ object, name }: NamedObject): Buffer {
  return serialize.close({ type: object === 'statement' ? 'S' : 'P', name });
}

function namedObject(raw: Span, type: number): NamedObject {
  const body = BodyReader.ofSpan(raw, type);
  const tag = body.uint8();
  const name = body.name();
  body.end();
  if (tag === 0x53) return { object: 'statement', name };
  if (tag === 0x50) return { object: 'portal', name };
  throw new WireError('BAD_VALUE', 'neither a statement nor a portal is named');
}

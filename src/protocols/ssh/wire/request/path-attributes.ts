import { type Attributes, encodeAttributes, readAttributes } from '../attributes.ts';
import { encodePacket, string, uint32 } from '../encode.ts';
import { FieldReader } from '../field-reader.ts';
import { requestType } from '../packet-types.ts';

export type PathAttributesKind = 'mkdir' | 'setstat';

/** Sections 6.6 and 6.9. */
export interface PathAttributes {
  readonly kind: PathAttributesKind;
  readonly raw: Buffer;
  readonly id: number;
  readonly path: Buffer;
  readonly attributes: Attributes;
}

export function decodePathAttributes(raw: Buffer, kind: PathAttributesKind): PathAttributes {
  const fields = FieldReader.ofPacket(raw, requestType[kind]);
  const id = fields.uint32();
  const path = fields.path();
  const attributes = readAttributes(fields);
  fields.end();
  return { kind, raw, id, path, attributes };
}

export function encodePathAttributes(request: Omit<PathAttributes, 'raw'>): Buffer {
  const { kind, id, path, attributes } = request;
  return encodePacket(requestType[kind], uint32(id), string(path), encodeAttributes(attributes));
}

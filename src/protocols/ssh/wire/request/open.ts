import { type Attributes, encodeAttributes, readAttributes } from '../attributes.ts';
import { encodePacket, string, uint32 } from '../encode.ts';
import { FieldReader } from '../field-reader.ts';
import { requestType } from '../packet-types.ts';

/** Section 6.3. */
export interface Open {
  readonly kind: 'open';
  readonly raw: Buffer;
  readonly id: number;
  readonly path: Buffer;
  /** `openFlag`s, joined. */
  readonly flags: number;
  readonly attributes: Attributes;
}

export function decodeOpen(raw: Buffer): Open {
  const fields = FieldReader.ofPacket(raw, requestType.open);
  const id = fields.uint32();
  const path = fields.path();
  const flags = fields.uint32();
  const attributes = readAttributes(fields);
  fields.end();
  return { kind: 'open', raw, id, path, flags, attributes };
}

export function encodeOpen({ id, path, flags, attributes }: Omit<Open, 'kind' | 'raw'>): Buffer {
  return encodePacket(
    requestType.open,
    uint32(id),
    string(path),
    uint32(flags),
    encodeAttributes(attributes),
  );
}

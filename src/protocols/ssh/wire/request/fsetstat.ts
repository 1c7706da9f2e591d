import { type Attributes, encodeAttributes, readAttributes } from '../attributes.ts';
import { encodePacket, string, uint32 } from '../encode.ts';
import { FieldReader } from '../field-reader.ts';
import { requestType } from '../packet-types.ts';

/** Section 6.9. */
export interface Fsetstat {
  readonly kind: 'fsetstat';
  readonly raw: Buffer;
  readonly id: number;
  readonly handle: Buffer;
  readonly attributes: Attributes;
}

export function decodeFsetstat(raw: Buffer): Fsetstat {
  const fields = FieldReader.ofPacket(raw, requestType.fsetstat);
  const id = fields.uint32();
  const handle = fields.handle();
  const attributes = readAttributes(fields);
  fields.end();
  return { kind: 'fsetstat', raw, id, handle, attributes };
}

export function encodeFsetstat(request: Omit<Fsetstat, 'kind' | 'raw'>): Buffer {
  const { id, handle, attributes } = request;
  return encodePacket(
    requestType.fsetstat,
    uint32(id),
    string(handle),
    encodeAttributes(attributes),
  );
}

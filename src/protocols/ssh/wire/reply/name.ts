import { type Attributes, encodeAttributes, readAttributes } from '../attributes.ts';
import { encodePacket, string, uint32 } from '../encode.ts';
import { FieldReader } from '../field-reader.ts';
import { replyType } from '../packet-types.ts';
import { WireFault } from '../wire-fault.ts';

/** The answer to REALPATH and READLINK: a NAME with one entry. */
export interface OneName {
  readonly id: number;
  readonly path: Buffer;
  readonly longName: Buffer;
  readonly attributes: Attributes;
}

export function decodeOneName(raw: Buffer): OneName {
  const fields = FieldReader.ofPacket(raw, replyType.name);
  const id = fields.uint32();
  const count = fields.uint32();
  if (count !== 1) throw new WireFault('BAD_COUNT', `${count} names where there must be one`);
  const path = fields.path();
  const longName = fields.string();
  const attributes = readAttributes(fields);
  fields.end();
  return { id, path, longName, attributes };
}

export function encodeOneName({ id, path, longName, attributes }: OneName): Buffer {
  return encodePacket(
    replyType.name,
    uint32(id),
    uint32(1),
    string(path),
    string(longName),
    encodeAttributes(attributes),
  );
}

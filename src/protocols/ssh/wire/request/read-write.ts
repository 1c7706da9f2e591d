import { encodePacket, string, uint32, uint64 } from '../encode.ts';
import { FieldReader } from '../field-reader.ts';
import { requestType } from '../packet-types.ts';

/** Section 6.4. */
export interface Read {
  readonly kind: 'read';
  readonly raw: Buffer;
  readonly id: number;
  readonly handle: Buffer;
  readonly offset: bigint;
  readonly length: number;
}

export function decodeRead(raw: Buffer): Read {
  const fields = FieldReader.ofPacket(raw, requestType.read);
  const id = fields.uint32();
  const handle = fields.handle();
  const offset = fields.uint64();
  const length = fields.uint32();
  fields.end();
  return { kind: 'read', raw, id, handle, offset, length };
}

export function encodeRead({ id, handle, offset, length }: Omit<Read, 'kind' | 'raw'>): Buffer {
  return encodePacket(requestType.read, uint32(id), string(handle), uint64(offset), uint32(length));
}

/** A WRITE up to its contents, which are never collected. */
export interface WriteHead {
  readonly id: number;
  readonly handle: Buffer;
  readonly offset: bigint;
  /** How many bytes of contents follow. */
  readonly length: number;
}

/** Of the first `headLength` bytes of a packet that the framer cut. */
export function decodeWriteHead(head: Buffer): WriteHead {
  const fields = new FieldReader(head, 5);
  const id = fields.uint32();
  const handle = fields.handle();
  const offset = fields.uint64();
  const length = fields.uint32();
  fields.end();
  return { id, handle, offset, length };
}

export function encodeWrite(
  { id, handle, offset }: Omit<WriteHead, 'length'>,
  contents: Buffer,
): Buffer {
  return encodePacket(
    requestType.write,
    uint32(id),
    string(handle),
    uint64(offset),
    string(contents),
  );
}

import { encodePacket, string, uint32 } from '../encode.ts';
import { FieldReader } from '../field-reader.ts';
import { replyType } from '../packet-types.ts';

export interface HandleReply {
  readonly id: number;
  readonly handle: Buffer;
}

export function decodeHandle(raw: Buffer): HandleReply {
  const fields = FieldReader.ofPacket(raw, replyType.handle);
  const id = fields.uint32();
  const handle = fields.handle();
  fields.end();
  return { id, handle };
}

export function encodeHandle({ id, handle }: HandleReply): Buffer {
  return encodePacket(replyType.handle, uint32(id), string(handle));
}

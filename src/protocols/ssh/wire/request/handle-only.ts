import { encodePacket, string, uint32 } from '../encode.ts';
import { FieldReader } from '../field-reader.ts';
import { requestType } from '../packet-types.ts';

export type HandleOnlyKind = 'close' | 'fstat' | 'readdir';

/** Requests that consist of one handle: sections 6.3, 6.7, 6.8. */
export interface HandleOnly {
  readonly kind: HandleOnlyKind;
  readonly raw: Buffer;
  readonly id: number;
  readonly handle: Buffer;
}

export function decodeHandleOnly(raw: Buffer, kind: HandleOnlyKind): HandleOnly {
  const fields = FieldReader.ofPacket(raw, requestType[kind]);
  const id = fields.uint32();
  const handle = fields.handle();
  fields.end();
  return { kind, raw, id, handle };
}

export function encodeHandleOnly({ kind, id, handle }: Omit<HandleOnly, 'raw'>): Buffer {
  return encodePacket(requestType[kind], uint32(id), string(handle));
}

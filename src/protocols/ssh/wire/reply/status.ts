import { encodePacket, string, uint32 } from '../encode.ts';
import { FieldReader } from '../field-reader.ts';
import { replyType, type StatusCode } from '../packet-types.ts';

/** Section 7. */
export interface Status {
  readonly id: number;
  readonly code: number;
  /** Bytes that are not UTF-8 are replaced. Empty where the server says nothing. */
  readonly message: string;
}

/** Old servers leave out the message, or the language behind it. */
export function decodeStatus(raw: Buffer): Status {
  const fields = FieldReader.ofPacket(raw, replyType.status);
  const id = fields.uint32();
  const code = fields.uint32();
  const message = fields.remaining === 0 ? '' : fields.string().toString('utf8');
  return { id, code, message };
}

export function encodeStatus(status: Status & { readonly code: StatusCode }): Buffer {
  return encodePacket(
    replyType.status,
    uint32(status.id),
    uint32(status.code),
    string(status.message),
    string('en'),
  );
}

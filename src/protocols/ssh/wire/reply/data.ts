import { encodePacket, string, uint32 } from '../encode.ts';
import { replyType } from '../packet-types.ts';

/** The contents of a DATA are never collected: these are its id and how many bytes follow. */
export interface DataHead {
  readonly id: number;
  readonly length: number;
}

/** Length, type, id, and the length of the contents. */
export const dataHeadBytes = 13;

/** Of the head that the framer cut. */
export function decodeDataHead(head: Buffer): DataHead {
  return { id: head.readUInt32BE(5), length: head.readUInt32BE(9) };
}

export function encodeData(id: number, contents: Buffer): Buffer {
  return encodePacket(replyType.data, uint32(id), string(contents));
}

import { string, uint32 } from '../encode.ts';
import { messageNumber } from './messages.ts';

export { string, uint32 } from '../encode.ts';

export function boolean(value: boolean): Buffer {
  return Buffer.of(value ? 1 : 0);
}

function message(number: number, ...fields: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.of(number), ...fields]);
}

/** RFC 4253, section 11.1. */
export function encodeDisconnect(reason: number, description: string): Buffer {
  return message(messageNumber.disconnect, uint32(reason), string(description), string(''));
}

/** RFC 4252, section 5.4. */
export function encodeBanner(text: string): Buffer {
  return message(messageNumber.banner, string(text), string(''));
}

export function encodeGlobalRequest(name: string, wantReply: boolean, fields: Buffer): Buffer {
  return message(messageNumber.globalRequest, string(name), boolean(wantReply), fields);
}

export function encodeRequestSuccess(fields: Buffer): Buffer {
  return message(messageNumber.requestSuccess, fields);
}

export function encodeRequestFailure(): Buffer {
  return message(messageNumber.requestFailure);
}

export interface OpenFields {
  readonly type: string;
  readonly sender: number;
  readonly window: number;
  readonly maxPacket: number;
  readonly fields: Buffer;
}

export function encodeOpen({ type, sender, window, maxPacket, fields }: OpenFields): Buffer {
  const numbers = [uint32(sender), uint32(window), uint32(maxPacket)];
  return message(messageNumber.open, string(type), ...numbers, fields);
}

export interface ConfirmationFields {
  readonly recipient: number;
  readonly sender: number;
  readonly window: number;
  readonly maxPacket: number;
}

export function encodeOpenConfirmation(fields: ConfirmationFields): Buffer {
  const { recipient, sender, window, maxPacket } = fields;
  const numbers = [recipient, sender, window, maxPacket].map(uint32);
  return message(messageNumber.openConfirmation, ...numbers);
}

export function encodeOpenFailure(recipient: number, reason: number, description: string): Buffer {
  const texts = [string(description), string('')];
  return message(messageNumber.openFailure, uint32(recipient), uint32(reason), ...texts);
}

export function encodeWindowAdjust(recipient: number, bytes: number): Buffer {
  return message(messageNumber.windowAdjust, uint32(recipient), uint32(bytes));
}

/** All of a data message but its bytes, so that those are copied once only. */
export function encodeDataHead(recipient: number, stream: number, length: number): Buffer {
  const head = Buffer.allocUnsafe(stream === 0 ? 9 : 13);
  head.writeUInt8(stream === 0 ? messageNumber.data : messageNumber.extendedData, 0);
  head.writeUInt32BE(recipient, 1);
  if (stream !== 0) head.writeUInt32BE(stream, 5);
  head.writeUInt32BE(length, head.length - 4);
  return head;
}

export function encodeEof(recipient: number): Buffer {
  return message(messageNumber.eof, uint32(recipient));
}

export function encodeClose(recipient: number): Buffer {
  return message(messageNumber.close, uint32(recipient));
}

export interface ChannelRequestFields {
  readonly type: string;
  readonly wantReply: boolean;
  readonly fields: Buffer;
}

export function encodeChannelRequest(
  recipient: number,
  { type, wantReply, fields }: ChannelRequestFields,
): Buffer {
  const head = [uint32(recipient), string(type), boolean(wantReply)];
  return message(messageNumber.channelRequest, ...head, fields);
}

export function encodeChannelReply(recipient: number, ok: boolean): Buffer {
  const number = ok ? messageNumber.channelSuccess : messageNumber.channelFailure;
  return message(number, uint32(recipient));
}

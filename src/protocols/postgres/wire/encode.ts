import { WireError } from './wire-error.ts';

/** A whole message: type byte, length, body. */
export function encodeMessage(type: number, ...body: readonly Buffer[]): Buffer {
  let length = 4;
  for (const part of body) length += part.length;
  const header = Buffer.allocUnsafe(5);
  header.writeUInt8(type, 0);
  header.writeInt32BE(length, 1);
  return Buffer.concat([header, ...body], length + 1);
}

/** A startup packet: length and body, no type. */
export function encodePacket(...body: readonly Buffer[]): Buffer {
  let length = 4;
  for (const part of body) length += part.length;
  return Buffer.concat([int32(length), ...body], length);
}

/** NUL-terminated; text that holds a NUL itself cannot be said and throws. */
export function cString(text: string): Buffer {
  if (text.includes('\0')) throw new WireError('BAD_STRING', 'text holds a NUL');
  return Buffer.from(`${text}\0`, 'utf8');
}

export function uint8(value: number): Buffer {
  return Buffer.from([value]);
}

export function uint16(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(2);
  bytes.writeUInt16BE(value, 0);
  return bytes;
}

export function int16(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(2);
  bytes.writeInt16BE(value, 0);
  return bytes;
}

export function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value, 0);
  return bytes;
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value, 0);
  return bytes;
}

/** An int32 length and the bytes; length -1 for null. */
export function valueBytes(value: Buffer | null): Buffer {
  return value === null ? int32(-1) : Buffer.concat([int32(value.length), value]);
}

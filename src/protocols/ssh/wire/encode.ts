/** A whole packet: length, type, fields. */
export function encodePacket(type: number, ...fields: readonly Buffer[]): Buffer {
  let length = 1;
  for (const field of fields) length += field.length;
  const start = Buffer.allocUnsafe(5);
  start.writeUInt32BE(length, 0);
  start.writeUInt8(type, 4);
  return Buffer.concat([start, ...fields], length + 4);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value, 0);
  return bytes;
}

export function uint64(value: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigUInt64BE(value, 0);
  return bytes;
}

/** A uint32 length and the bytes; text as UTF-8. */
export function string(value: Buffer | string): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
  return Buffer.concat([uint32(bytes.length), bytes]);
}

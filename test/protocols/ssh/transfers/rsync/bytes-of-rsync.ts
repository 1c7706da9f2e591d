import type { Word } from '../../../../../src/protocols/ssh/transfers/rsync/server-options.ts';

/** What an end sends, put together by hand for what the real rsync never says. */

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value | 0);
  return bytes;
}

export function uint16(value: number): Buffer {
  return Buffer.from([value & 0xff, value >> 8]);
}

/** Below 2^14. */
export function varint(value: number): Buffer {
  return Buffer.from(value < 0x80 ? [value] : [0x80 | (value >> 8), value & 0xff]);
}

export function vstring(text: string): Buffer {
  return Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
}

export function frame(bytes: Buffer, kind = 0): Buffer {
  return Buffer.concat([int32(((kind + 7) << 24) | bytes.length), bytes]);
}

/** An entry with a name of its own, a size below 2^16, and a mode. */
export function entry(name: string, size = 1, mode = 0o100644): Buffer {
  const sizeBytes = Buffer.from([0, size & 0xff, size >> 8]);
  const time = Buffer.from([0, 1, 2, 3]);
  return Buffer.concat([
    ...[varint(1), Buffer.from([name.length]), Buffer.from(name), sizeBytes, time, int32(mode)],
  ]);
}

export const listEnd = Buffer.concat([varint(0), varint(0)]);

/** Of a file that is new: what is said of it, blocks, contents, checksum. */
export function contents(step: number, text: string): Buffer {
  return Buffer.concat([
    ...[Buffer.from([step]), uint16(0xa000), ...[0, 0, 0, 0].map(int32)],
    ...(text === '' ? [] : [int32(text.length), Buffer.from(text)]),
    ...[int32(0), Buffer.alloc(16)],
  ]);
}

/** Without lists one by one. */
export const abilities = varint(0x1fe);

export const greeting = {
  client: [int32(32), vstring('md5')],
  server: [int32(32), abilities, vstring('xxh3 md5')],
  seed: int32(7),
} as const;

export function words(...texts: readonly string[]): readonly Word[] {
  return texts.map((text) => ({ text, exact: text }));
}

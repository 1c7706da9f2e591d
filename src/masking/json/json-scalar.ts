import type { JsonToken } from './json-token.ts';

const form = /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)$/;
const inScalar = byteSet('+-.0123456789Eabcdefghijklmnopqrstuvwxyz');

/** Whether it is a number, true, false or null (RFC 8259, sections 3 and 6). */
export function isScalar({ bytes, start, end }: JsonToken): boolean {
  return form.test(bytes.toString('latin1', start, end));
}

/** Where what may be one ends. */
export function scalarEnd(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && inScalar[bytes[at] ?? 0] === 1) at += 1;
  return at;
}

export function byteSet(characters: string): Uint8Array {
  const set = new Uint8Array(256);
  for (const byte of Buffer.from(characters)) set[byte] = 1;
  return set;
}

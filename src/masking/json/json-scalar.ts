import { byteSet } from '../detectors/text.ts';
import type { JsonToken } from './json-token.ts';

const form = /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)$/;
const inScalar = byteSet('+.0-9Ea-z-');

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

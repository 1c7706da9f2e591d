import type { MaskWriter } from '../core/masking.ts';

const atSign = 0x40;
const dot = 0x2e;
const star = 0x2a;
const longestTop = 24;

/**
 * What `partly` makes of an address in printable ASCII, `a***@e***.com`, byte for byte; negative
 * for any other value.
 */
export const writePartlyAddress: MaskWriter = (bytes, start, end, out, at) => {
  let sign = -1;
  let top = -1;
  for (let index = start; index < end; index += 1) {
    const byte = bytes[index] ?? 0;
    if (byte <= 0x20 || byte > 0x7e) return -1;
    if (byte === atSign) sign = index;
    else if (byte === dot) top = index;
  }
  const letters = end - top - 1;
  if (sign <= start || top < sign + 2 || letters < 2 || letters > longestTop) return -1;
  let to = hide(out, at, bytes[start] ?? 0);
  out[to] = atSign;
  to = hide(out, to + 1, bytes[sign + 1] ?? 0);
  out[to] = dot;
  for (let index = top + 1; index < end; index += 1) {
    const byte = bytes[index] ?? 0;
    if (!isLetter(byte)) return -1;
    to += 1;
    out[to] = byte;
  }
  return to + 1 - at;
};

function hide(out: Buffer, at: number, first: number): number {
  out[at] = first;
  out[at + 1] = star;
  out[at + 2] = star;
  out[at + 3] = star;
  return at + 4;
}

function isLetter(byte: number): boolean {
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

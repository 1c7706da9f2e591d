import type { FormatCode } from '../../wire/format-code.ts';
import { type MaskedValue, textOf, written } from './masked-value.ts';
import { quotedText, readQuoted } from './nested-text.ts';

const boundsForm = /^(?:\[-?\d+:-?\d+\])+=/;
/** What array_out leaves without quotes, but for the word NULL. */
const bareForm = /^[^\s"\\{},]+$/;
const [headerBytes, dimensionBytes, lengthBytes] = [12, 8, 4];
/** array.h, `MAXDIM`. */
const mostDimensions = 6;

export interface ArrayElement {
  readonly typeOid: number;
  readonly value: MaskedValue;
}

/** An array of the same bounds, with NULL where it has NULL. */
export function arrayValue({ typeOid, value }: ArrayElement, format: FormatCode): MaskedValue {
  return format === 0
    ? (array) => maskedText(textOf(array), value)
    : (array) => maskedBinary(array, typeOid, value);
}

function maskedText(text: string, mask: MaskedValue): Buffer | null {
  const bounds = boundsForm.exec(text)?.[0] ?? '';
  let out = bounds;
  let at = bounds.length;
  let depth = 0;
  do {
    const character = text[at] ?? '';
    if (character === '{') depth += 1;
    else if (character === '}') depth -= 1;
    else if (character !== ',') {
      const read = readElement(text, at);
      if (read === null || depth === 0) return null;
      out += maskedElement(read.said, mask);
      at = read.end;
      continue;
    }
    out += character;
    at += 1;
  } while (depth > 0);
  return at === text.length ? written(out) : null;
}

/** What an element says, null for NULL, and where it ends. */
function readElement(text: string, start: number): { said: string | null; end: number } | null {
  if (text[start] === '"') return readQuoted(text, start);
  let end = start;
  while (end < text.length && text[end] !== ',' && text[end] !== '}') end += 1;
  if (end === start || end === text.length) return null;
  const said = text.slice(start, end);
  return { said: said === 'NULL' ? null : said, end };
}

function maskedElement(said: string | null, mask: MaskedValue): string {
  const masked = said === null ? null : mask(written(said));
  if (masked === null) return 'NULL';
  const text = textOf(masked);
  return bareForm.test(text) && text.toUpperCase() !== 'NULL' ? text : quotedText(text);
}

function maskedBinary(array: Buffer, typeOid: number, mask: MaskedValue): Buffer | null {
  if (array.length < headerBytes) return null;
  const dimensions = array.readInt32BE(0);
  if (dimensions < 0 || dimensions > mostDimensions) return null;
  const first = headerBytes + dimensions * dimensionBytes;
  if (array.length < first || array.readUInt32BE(8) !== typeOid) return null;
  const head = Buffer.from(array.subarray(0, first));
  const parts: Buffer[] = [head];
  let at = first;
  while (at < array.length) {
    if (at + lengthBytes > array.length) return null;
    const length = array.readInt32BE(at);
    const end = at + lengthBytes + Math.max(length, 0);
    if (end > array.length) return null;
    const masked = length < 0 ? null : mask(array.subarray(at + lengthBytes, end));
    if (masked === null) head.writeInt32BE(1, 4);
    parts.push(...lengthAndValue(masked));
    at = end;
  }
  return Buffer.concat(parts);
}

/** As arrays and rows have them in binary. */
export function lengthAndValue(value: Buffer | null): Buffer[] {
  const length = Buffer.allocUnsafe(lengthBytes);
  length.writeInt32BE(value === null ? -1 : value.length, 0);
  return value === null ? [length] : [length, value];
}

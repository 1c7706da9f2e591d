import type { FormatCode } from '../../wire/format-code.ts';
import { lengthAndValue } from './array-value.ts';
import { type MaskedValue, textOf, written } from './masked-value.ts';
import { quotedText, readQuoted } from './nested-text.ts';

/** What record_out leaves without quotes. */
const bareForm = /^[^\s"\\(),]+$/;
const [countBytes, headBytes] = [4, 8];

export interface RowMember {
  readonly typeOid: number;
  /** Null for a type that has no masks: it is NULL then. */
  readonly value: MaskedValue | null;
}

/** A value of a composite type: every member masked by its own type. */
export function rowValue(members: readonly RowMember[], format: FormatCode): MaskedValue {
  return format === 0
    ? (row) => maskedText(textOf(row), members)
    : (row) => maskedBinary(row, members);
}

function maskedText(text: string, members: readonly RowMember[]): Buffer | null {
  if (text[0] !== '(') return null;
  const said: string[] = [];
  let at = 1;
  for (const { value } of members) {
    const read = readMember(text, at);
    if (read === null) return null;
    said.push(maskedMember(read.said, value));
    const isLast = said.length === members.length;
    if (text[read.end] !== (isLast ? ')' : ',')) return null;
    at = read.end + 1;
  }
  return at === text.length ? written(`(${said.join(',')})`) : null;
}

/** NULL is written as nothing. */
function readMember(text: string, start: number): { said: string | null; end: number } | null {
  if (text[start] === '"') return readQuoted(text, start);
  let end = start;
  while (end < text.length && text[end] !== ',' && text[end] !== ')') end += 1;
  return { said: end === start ? null : text.slice(start, end), end };
}

function maskedMember(said: string | null, mask: MaskedValue | null): string {
  const masked = said === null || mask === null ? null : mask(written(said));
  if (masked === null) return '';
  const text = textOf(masked);
  return bareForm.test(text) ? text : quotedText(text);
}

function maskedBinary(row: Buffer, members: readonly RowMember[]): Buffer | null {
  if (row.length < countBytes || row.readInt32BE(0) !== members.length) return null;
  const parts: Buffer[] = [row.subarray(0, countBytes)];
  let at = countBytes;
  for (const { typeOid, value } of members) {
    if (at + headBytes > row.length || row.readUInt32BE(at) !== typeOid) return null;
    const length = row.readInt32BE(at + 4);
    const end = at + headBytes + Math.max(length, 0);
    if (end > row.length) return null;
    const masked = length < 0 || value === null ? null : value(row.subarray(at + headBytes, end));
    parts.push(row.subarray(at, at + 4), ...lengthAndValue(masked));
    at = end;
  }
  return at === row.length ? Buffer.concat(parts) : null;
}

import type { ScalarMask } from '../../../../core/scalar-mask.ts';
import type { FormatCode } from '../../wire/format-code.ts';
import { type MaskedValue, textOf, written } from './masked-value.ts';

const uuidForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const escapes = /\\(?:([0-3][0-7]{2})|\\)/g;

export function uuidValue(mask: ScalarMask, format: FormatCode): MaskedValue {
  if (format === 1) return (value) => (value.length === 16 ? mask.uuid(value) : null);
  return (value) => {
    const text = textOf(value);
    if (!uuidForm.test(text)) return null;
    const masked = mask.uuid(Buffer.from(text.replaceAll('-', ''), 'hex')).toString('hex');
    return written(masked.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'));
  };
}

/** Written in hexadecimal whatever `bytea_output` is: every client that reads one form reads both. */
export function byteaValue(mask: ScalarMask, format: FormatCode): MaskedValue {
  if (format === 1) return (value) => mask.bytes(value);
  return (value) => {
    const bytes = readBytea(textOf(value));
    return bytes === null ? null : written(`\\x${mask.bytes(bytes).toString('hex')}`);
  };
}

function readBytea(text: string): Buffer | null {
  if (text.startsWith('\\x')) {
    const bytes = Buffer.from(text.slice(2), 'hex');
    return bytes.length * 2 === text.length - 2 ? bytes : null;
  }
  if (text.replace(escapes, '').includes('\\')) return null;
  const plain = text.replace(escapes, (_, octal?: string) =>
    octal === undefined ? '\\' : String.fromCharCode(Number.parseInt(octal, 8)),
  );
  return Buffer.from(plain, 'latin1');
}

import { type IntegerType, integerBounds, type ScalarMask } from '../../../../core/scalar-mask.ts';
import type { FormatCode } from '../../wire/format-code.ts';
import { type MaskedValue, textOf, written } from './masked-value.ts';

const bytesOf: Readonly<Record<IntegerType, number>> = { int2: 2, int4: 4, int8: 8, oid: 4 };
const whole = /^-?\d{1,20}$/;

export function integerValue(type: IntegerType, mask: ScalarMask, format: FormatCode): MaskedValue {
  if (format === 0) {
    const [least, most] = integerBounds[type];
    return (value) => {
      const text = textOf(value);
      if (!whole.test(text)) return null;
      const number = BigInt(text);
      if (number < least || number > most) return null;
      return written(mask.integer(type, number).toString());
    };
  }
  return (value) => {
    if (value.length !== bytesOf[type]) return null;
    const masked = Buffer.allocUnsafe(value.length);
    write(type, mask.integer(type, read(type, value)), masked);
    return masked;
  };
}

function read(type: IntegerType, value: Buffer): bigint {
  if (type === 'int8') return value.readBigInt64BE(0);
  return BigInt(type === 'oid' ? value.readUInt32BE(0) : value.readIntBE(0, value.length));
}

function write(type: IntegerType, value: bigint, out: Buffer): void {
  if (type === 'int8') out.writeBigInt64BE(value, 0);
  else if (type === 'oid') out.writeUInt32BE(Number(value), 0);
  else out.writeIntBE(Number(value), 0, out.length);
}

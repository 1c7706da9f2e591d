import type { ScalarMask } from '../../../../core/scalar-mask.ts';
import type { FormatCode } from '../../wire/format-code.ts';
import { byteaValue, uuidValue } from './bytes-value.ts';
import { dateValue, timestampValue, timeValue } from './date-value.ts';
import { floatValue } from './float-value.ts';
import { integerValue } from './integer-value.ts';
import type { MaskedValue } from './masked-value.ts';
import { inetValue, macValue } from './network-value.ts';
import { numericValue } from './numeric-value.ts';

type Masked = (mask: ScalarMask, format: FormatCode) => MaskedValue;

/** By OIDs of pg_type.dat. */
const maskable: ReadonlyMap<number, Masked> = new Map<number, Masked>([
  [17, byteaValue],
  [20, (mask, format) => integerValue('int8', mask, format)],
  [21, (mask, format) => integerValue('int2', mask, format)],
  [23, (mask, format) => integerValue('int4', mask, format)],
  [26, (mask, format) => integerValue('oid', mask, format)],
  [650, (mask, format) => inetValue(mask, format, true)],
  [700, (mask, format) => floatValue(32, mask, format)],
  [701, (mask, format) => floatValue(64, mask, format)],
  [774, (mask, format) => macValue(8, mask, format)],
  [829, (mask, format) => macValue(6, mask, format)],
  [869, (mask, format) => inetValue(mask, format, false)],
  [1082, dateValue],
  [1083, timeValue],
  [1114, (mask, format) => timestampValue('timestamp', mask, format)],
  [1184, (mask, format) => timestampValue('timestamptz', mask, format)],
  [1700, numericValue],
  [2950, uuidValue],
]);

/** Null for a type of which nothing stands for a value. */
export function scalarValue(
  typeOid: number,
  mask: ScalarMask,
  format: FormatCode,
): MaskedValue | null {
  return maskable.get(typeOid)?.(mask, format) ?? null;
}

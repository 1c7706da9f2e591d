import { floatText } from '../../../../core/float-text.ts';
import type { ScalarMask } from '../../../../core/scalar-mask.ts';
import type { FormatCode } from '../../wire/format-code.ts';
import { type MaskedValue, textOf, written } from './masked-value.ts';

const number = /^-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Infinity)$|^NaN$/;

export function floatValue(bits: 32 | 64, mask: ScalarMask, format: FormatCode): MaskedValue {
  if (format === 0) {
    return (value) => {
      const text = textOf(value);
      if (!number.test(text)) return null;
      const read = Number(text);
      const masked = mask.float(bits, bits === 32 ? Math.fround(read) : read);
      return masked === null ? null : written(floatText(bits, masked));
    };
  }
  return (value) => {
    if (value.length !== bits / 8) return null;
    const masked = mask.float(bits, bits === 32 ? value.readFloatBE(0) : value.readDoubleBE(0));
    if (masked === null) return null;
    const out = Buffer.allocUnsafe(value.length);
    if (bits === 32) out.writeFloatBE(masked, 0);
    else out.writeDoubleBE(masked, 0);
    return out;
  };
}

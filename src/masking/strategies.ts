import {
  type Mask,
  type MaskStrategy,
  type MaskWriter,
  maskStrategies,
  redactedText,
} from '../core/masking.ts';
import { fake } from './fake.ts';
import { type Keyed, keyedBy } from './keyed.ts';
import { partly } from './partial.ts';
import { writePartlyAddress } from './partial-address.ts';

/** 128 bits: enough that two values do not meet, short enough for a column. */
const hashDigits = 32;

export function createMask(strategy: MaskStrategy, key: string): Mask {
  const write = writers[strategy];
  const mask = { strategy, apply: applierOf(strategy, keyedBy(key)) };
  return write === undefined ? mask : { ...mask, write };
}

const redactedBytes = Buffer.from(redactedText);

const writers: Readonly<Partial<Record<MaskStrategy, MaskWriter>>> = {
  redact(_bytes, _start, _end, out, at) {
    out.set(redactedBytes, at);
    return redactedBytes.length;
  },
  partial: writePartlyAddress,
};

function applierOf(strategy: MaskStrategy, keyed: Keyed): Mask['apply'] {
  switch (strategy) {
    case 'null':
      return () => null;
    case 'redact':
      return () => redactedText;
    case 'hash':
      return (value) => keyed('hash', value).toString('hex').slice(0, hashDigits);
    case 'fake':
      return (value) => fake(value, keyed);
    case 'partial':
      return partly;
    default:
      return strategy satisfies never;
  }
}

/** Of equally strict ones the first, which is that of the rule written first. */
export function strictest(masks: readonly Mask[]): Mask | null {
  const rank = ({ strategy }: Mask) => maskStrategies.indexOf(strategy);
  return masks.reduce<Mask | null>(
    (found, mask) => (found === null || rank(mask) < rank(found) ? mask : found),
    null,
  );
}

import {
  type Mask,
  type MaskStrategy,
  type MaskWriter,
  maskStrategies,
  redactedText,
} from '../core/masking.ts';
import type { ScalarMask } from '../core/scalar-mask.ts';
import { fake } from './fake.ts';
import { type Keyed, keyedBy } from './keyed.ts';
import { partly } from './partial.ts';
import { writePartlyAddress } from './partial-address.ts';
import { FakedScalars } from './scalars/faked-scalars.ts';
import { HashedScalars } from './scalars/hashed-scalars.ts';

/** 128 bits: enough that two values do not meet, short enough for a column. */
const hashBytes = 16;

export function createMask(strategy: MaskStrategy, key: string): Mask {
  const keyed = keyedBy(key);
  const write = writerOf(strategy, keyed);
  const scalars = scalarsOf(strategy, keyed);
  return {
    ...{ strategy, apply: applierOf(strategy, keyed) },
    ...(write === undefined ? {} : { write }),
    ...(scalars === undefined ? {} : { scalars }),
  };
}

function scalarsOf(strategy: MaskStrategy, keyed: Keyed): ScalarMask | undefined {
  switch (strategy) {
    case 'hash':
      return new HashedScalars(keyed);
    case 'fake':
      return new FakedScalars(keyed);
    case 'null':
    case 'redact':
    case 'partial':
      return undefined;
    default:
      return strategy satisfies never;
  }
}

const redactedBytes = Buffer.from(redactedText);

function writerOf(strategy: MaskStrategy, keyed: Keyed): MaskWriter | undefined {
  switch (strategy) {
    case 'redact':
      return writeRedacted;
    case 'partial':
      return writePartlyAddress;
    case 'hash':
      return (bytes, start, end, out, at) =>
        out.write(hashed(keyed, bytes.toString('utf8', start, end)), at, 'latin1');
    case 'null':
    case 'fake':
      return undefined;
    default:
      return strategy satisfies never;
  }
}

const writeRedacted: MaskWriter = (_bytes, _start, _end, out, at) => {
  const count = redactedBytes.length;
  for (let index = 0; index < count; index += 1) out[at + index] = redactedBytes[index] ?? 0;
  return count;
};

function hashed(keyed: Keyed, value: string): string {
  return keyed('hash', value).toString('hex', 0, hashBytes);
}

function applierOf(strategy: MaskStrategy, keyed: Keyed): Mask['apply'] {
  switch (strategy) {
    case 'null':
      return () => null;
    case 'redact':
      return () => redactedText;
    case 'hash':
      return (value) => hashed(keyed, value);
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

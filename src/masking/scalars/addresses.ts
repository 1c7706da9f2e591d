import type { AddressKind } from '../../core/scalar-mask.ts';
import type { Keyed } from '../keyed.ts';
import { KeyedPermutation } from './keyed-permutation.ts';

/** Of the kinds that are permuted among themselves; two IPv6 addresses do not meet by themselves. */
const bytesOf = { ipv4: 4, mac: 6, mac8: 8 } as const;

/** Addresses for addresses of the same kind, any of which may come out. */
export class KeyedAddresses {
  readonly #keyed: Keyed;
  readonly #purpose: string;
  readonly #permutations: Readonly<Record<keyof typeof bytesOf, KeyedPermutation>>;

  constructor(keyed: Keyed, purpose: string) {
    this.#keyed = keyed;
    this.#purpose = purpose;
    const permutation = (kind: keyof typeof bytesOf) =>
      new KeyedPermutation(keyed, `${purpose} ${kind}`, 2n ** BigInt(bytesOf[kind] * 8));
    this.#permutations = {
      ipv4: permutation('ipv4'),
      mac: permutation('mac'),
      mac8: permutation('mac8'),
    };
  }

  of(kind: AddressKind, value: Buffer): Buffer {
    const text = value.toString('hex');
    if (kind === 'ipv6') return this.#keyed(`${this.#purpose} ipv6`, text).subarray(0, 16);
    const permuted = this.#permutations[kind].of(BigInt(`0x${text}`));
    return Buffer.from(permuted.toString(16).padStart(bytesOf[kind] * 2, '0'), 'hex');
  }
}

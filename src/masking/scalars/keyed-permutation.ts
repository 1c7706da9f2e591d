import type { Keyed } from '../keyed.ts';

/** As many as NIST SP 800-38G has FF1 do, whatever the size. */
const roundsOfSmall = 10;
/**
 * Enough for halves of 28 bits and more: Patarin, "Luby-Rackoff: 7 Rounds Are Enough for
 * 2^n(1-ε) Security" (CRYPTO 2003), n being the bits of a half.
 */
const roundsOfLarge = 7;
const largeFrom = 2n ** 56n;
/** Up to there what each round adds is remembered for each half: 4 bytes for each of 65,536. */
const rememberedTo = 2n ** 32n;

/**
 * A keyed permutation of the whole numbers below `size`, so that different ones stay different.
 * The generalised Feistel network of Black and Rogaway, "Ciphers with Arbitrary Finite Domains"
 * (CT-RSA 2002), section 5, after Luby and Rackoff: each round adds to one half, modulo its size,
 * HMAC-SHA-256 of the other. What comes out at `size` or above goes through again.
 */
export class KeyedPermutation {
  readonly #keyed: Keyed;
  readonly #size: bigint;
  /** How many there are of either half. */
  readonly #lefts: number;
  readonly #rights: number;
  readonly #rounds: readonly Round[];

  constructor(keyed: Keyed, name: string, size: bigint) {
    this.#keyed = keyed;
    this.#size = size;
    this.#rights = Math.ceil(Math.sqrt(Number(size)));
    this.#lefts = Number((size + BigInt(this.#rights) - 1n) / BigInt(this.#rights));
    const count = size < largeFrom ? roundsOfSmall : roundsOfLarge;
    this.#rounds = Array.from({ length: count }, (_, index) => ({
      purpose: `${name} ${index}`,
      added: null,
    }));
  }

  of(value: bigint): bigint {
    let permuted = value;
    do permuted = this.#once(permuted);
    while (permuted >= this.#size);
    return permuted;
  }

  #once(value: bigint): bigint {
    const rights = BigInt(this.#rights);
    let left = Number(value / rights);
    let right = Number(value % rights);
    let changesLeft = true;
    for (const round of this.#rounds) {
      if (changesLeft) left = (left + this.#added(round, right, this.#lefts)) % this.#lefts;
      else right = (right + this.#added(round, left, this.#rights)) % this.#rights;
      changesLeft = !changesLeft;
    }
    return BigInt(left) * rights + BigInt(right);
  }

  #added(round: Round, half: number, size: number): number {
    if (this.#size > rememberedTo) return this.#computed(round, half, size);
    round.added ??= new Uint32Array(Math.max(this.#lefts, this.#rights));
    const known = round.added[half] ?? 0;
    if (known > 0) return known - 1;
    const computed = this.#computed(round, half, size);
    round.added[half] = computed + 1;
    return computed;
  }

  #computed({ purpose }: Round, half: number, size: number): number {
    return Number(this.#keyed(purpose, String(half)).readBigUInt64BE(0) % BigInt(size));
  }
}

interface Round {
  readonly purpose: string;
  /** One more than what it adds, by half; 0: not known yet. */
  added: Uint32Array | null;
}

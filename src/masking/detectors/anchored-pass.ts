import { none, open } from './anchored.ts';
import type { Anchored } from './detector.ts';
import type { Text } from './text.ts';

/** Told of what is found, and by which of the detectors; in the order of the starts for each. */
export type FoundBy = (index: number, start: number, end: number) => void;

/**
 * Looks for several anchored detectors in one pass: a byte at which none of them begins, as most
 * are, costs the same however many there are. Detectors are bits, the first the lowest.
 */
export class AnchoredPass {
  readonly #detectors: readonly Anchored[];
  /** Which begin with that byte. */
  readonly #begins: Int32Array;
  /** Which do not begin behind it. */
  readonly #notBehind: Int32Array;
  /** Where each goes on: at the end of what it found last. */
  readonly #from: Int32Array;

  constructor(detectors: readonly Anchored[]) {
    const bits = (fits: (detector: Anchored, byte: number) => boolean) =>
      Int32Array.from({ length: 256 }, (_, byte) =>
        detectors.reduce((all, one, index) => (fits(one, byte) ? all | (1 << index) : all), 0),
      );
    this.#detectors = detectors;
    this.#begins = bits(({ begins }, byte) => begins[byte] === 1);
    this.#notBehind = bits(({ notBehind }, byte) => notBehind[byte] === 1);
    this.#from = new Int32Array(detectors.length);
  }

  /** As `Scanning.scan`, for those of the detectors that are `wanted`. */
  scan(text: Text, from: number, final: boolean, wanted: number, found: FoundBy): number {
    const { bytes, start, end } = text;
    const begins = this.#begins;
    const notBehind = this.#notBehind;
    let undecided = end;
    let looking = wanted;
    let behind = from > start ? (notBehind[bytes[from - 1] ?? 0] ?? 0) : 0;
    this.#from.fill(from);
    for (let at = from; at < end && looking !== 0; at += 1) {
      const byte = bytes[at] ?? 0;
      const here = (begins[byte] ?? 0) & ~behind & looking;
      behind = notBehind[byte] ?? 0;
      if (here === 0) continue;
      const opened = this.#match(text, at, final, here, found);
      if (opened === 0) continue;
      looking &= ~opened;
      undecided = Math.min(undecided, at);
    }
    return undecided;
  }

  /** Asks those that begin here; returns which of them need more bytes. */
  #match(text: Text, at: number, final: boolean, here: number, found: FoundBy): number {
    let opened = 0;
    for (let left = here; left !== 0; left &= left - 1) {
      const index = 31 - Math.clz32(left & -left);
      if (at < (this.#from[index] ?? 0)) continue;
      const stop = this.#detectors[index]?.match(text, at, final) ?? none;
      if (stop === open) opened |= 1 << index;
      else if (stop !== none) {
        this.#from[index] = stop;
        found(index, at, stop);
      }
    }
    return opened;
  }
}

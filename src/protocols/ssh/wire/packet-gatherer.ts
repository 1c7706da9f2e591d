/**
 * Gathers one packet of known length from pieces. Takes memory as bytes arrive, never for
 * what a length merely announces.
 */
export class PacketGatherer {
  #length: number;
  #bytes: Buffer;
  #filled = 0;

  constructor(length: number) {
    this.#length = length;
    this.#bytes = Buffer.allocUnsafeSlow(Math.min(length, 4096));
  }

  get missing(): number {
    return this.#length - this.#filled;
  }

  /** What has come so far, as a view. */
  get gathered(): Buffer {
    return this.#bytes.subarray(0, this.#filled);
  }

  /** More belongs to it than was known at first. */
  extendTo(length: number): void {
    this.#length = length;
  }

  /** Takes what it needs from `chunk` at `start`; returns where it stopped. */
  take(chunk: Buffer, start: number): number {
    const taken = Math.min(this.missing, chunk.length - start);
    const filled = this.#filled + taken;
    if (filled > this.#bytes.length) this.#grow(filled);
    chunk.copy(this.#bytes, this.#filled, start, start + taken);
    this.#filled = filled;
    return start + taken;
  }

  #grow(needed: number): void {
    const size = Math.min(this.#length, Math.max(needed, this.#bytes.length * 2));
    const grown = Buffer.allocUnsafeSlow(size);
    this.#bytes.copy(grown, 0, 0, this.#filled);
    this.#bytes = grown;
  }
}

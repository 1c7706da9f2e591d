import { createHash } from 'node:crypto';

/**
 * What goes through a handle in one direction: how much, and its SHA-256 where the parts come in
 * order, from the beginning, as those of scp and sftp do.
 */
export class FileContents {
  readonly #hash = createHash('sha256');
  #next = 0n;
  #ordered = true;
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** A part begins there in the file. */
  begins(offset: bigint): void {
    if (offset !== this.#next) this.#ordered = false;
  }

  takes(bytes: Buffer): void {
    this.#bytes += bytes.length;
    this.#next += BigInt(bytes.length);
    if (this.#ordered) this.#hash.update(bytes);
  }

  /** Hex; null where there is no one digest of it. Once. */
  sha256(): string | null {
    return this.#ordered ? this.#hash.digest('hex') : null;
  }
}

import { createHash } from 'node:crypto';
import type { FilePlace, TransferredFile } from '../../../../core/transfer-reader.ts';
import type { ContentsTaker } from './contents.ts';
import type { ListedFile } from './file-lists.ts';

/** One file whose contents go by. */
export class RsyncFile implements ContentsTaker {
  readonly #about: FilePlace & Pick<TransferredFile, 'direction'>;
  readonly #listed: ListedFile;
  readonly #hash = createHash('sha256');
  #bytes = 0;
  /** All that there is of it goes by as it is. */
  #whole: boolean;

  constructor(
    about: FilePlace & Pick<TransferredFile, 'direction'>,
    listed: ListedFile,
    { whole }: { whole: boolean },
  ) {
    this.#about = about;
    this.#listed = listed;
    this.#whole = whole;
  }

  literal(bytes: Buffer): void {
    this.#bytes += bytes.length;
    if (this.#whole) this.#hash.update(bytes);
  }

  repeated(): void {
    this.#whole = false;
  }

  packed(bytes: number): void {
    this.#bytes += bytes;
    this.#whole = false;
  }

  sent(): TransferredFile {
    if (this.#whole) {
      return { ...this.#about, bytes: this.#bytes, sha256: this.#hash.digest('hex') };
    }
    return { ...this.#about, bytes: this.#listed.size, sha256: null };
  }

  /** The end came in the middle of it. */
  leftOff(): TransferredFile {
    return { ...this.#about, bytes: this.#bytes, sha256: null, problem: 'incomplete' };
  }
}

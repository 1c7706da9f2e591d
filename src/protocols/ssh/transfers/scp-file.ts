import { createHash } from 'node:crypto';
import type { FilePlace, TransferNote } from '../../../core/transfer-reader.ts';

/** A file that was named, up to the answer that it is there. */
export class ScpFile {
  readonly #place: FilePlace;
  readonly #direction: 'upload' | 'download';
  readonly #size: number;
  readonly #hash = createHash('sha256');
  #bytes = 0;
  /** Of the end that sends it. */
  error: string | null = null;

  constructor(place: FilePlace, direction: 'upload' | 'download', size: number) {
    this.#place = place;
    this.#direction = direction;
    this.#size = size;
  }

  takes(bytes: Buffer): void {
    this.#bytes += bytes.length;
    this.#hash.update(bytes);
  }

  /** Once, as all that follow. */
  arrived(): TransferNote {
    return this.error === null ? this.#note({}) : this.refused(this.error);
  }

  /** Turned down before anything of it was sent, or not kept. */
  refused(message: string): TransferNote {
    return this.#note({ problem: 'refused', message });
  }

  /** Nobody will say any more of it. */
  leftOff(): TransferNote {
    return this.#note({ problem: this.#bytes < this.#size ? 'incomplete' : 'unanswered' });
  }

  #note(how: {
    problem?: 'refused' | 'incomplete' | 'unanswered';
    message?: string;
  }): TransferNote {
    const bytes = this.#bytes;
    const none = bytes === 0 && how.problem !== undefined;
    const sha256 = none ? null : this.#hash.digest('hex');
    return {
      kind: 'file',
      file: { ...this.#place, direction: this.#direction, bytes, sha256, ...how },
    };
  }
}

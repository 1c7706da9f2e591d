import { heldBackAtMostMs, type StreamMasker } from '../core/masking.ts';

/** A stream's masker, and when what it holds back must leave. */
export class TimedMasker {
  readonly #stream: StreamMasker;
  #since = 0;

  constructor(stream: StreamMasker) {
    this.#stream = stream;
  }

  /** Milliseconds until `release` is due, 0 when it is; null while nothing is held. */
  get dueIn(): number | null {
    if (!this.#stream.holding) return null;
    return Math.max(0, this.#since + heldBackAtMostMs - performance.now());
  }

  write(bytes: Buffer): Buffer {
    this.#since = performance.now();
    return this.#stream.write(bytes);
  }

  release(): Buffer {
    return this.#stream.release();
  }

  end(): Buffer {
    return this.#stream.end();
  }
}

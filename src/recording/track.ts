import type { Eventual } from '../core/eventual.ts';

/** Where the bytes of one file go. */
export interface TrackSink {
  write(bytes: Buffer): Promise<void>;
  close(): Promise<void>;
}

export interface TrackOptions {
  readonly sink: TrackSink;
  /** What is put on disk for some lines; `last` for the empty piece that ends the file. */
  readonly seal: (plain: Buffer, last: boolean) => Buffer;
  /** Told once, when the file cannot be written any more. */
  readonly onFailure: (error: unknown) => void;
}

/** How long a line waits at most before it is handed to the system. */
const flushEveryMs = 250;
const eagerLength = 64 * 1024;
/** More than this unwritten, and whoever records waits. */
const bound = 1024 * 1024;
/** After a pause the first line is written before anything goes on. */
const pauseMs = 1000;

/**
 * One file of a recording, written behind by a quarter of a second at most and in pieces. What is
 * not written yet is bounded: `append` then returns a promise.
 */
export class Track {
  readonly #options: TrackOptions;
  #lines: string[] = [];
  #length = 0;
  #flushing: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #lastWritten = 0;
  #failure: { readonly error: unknown } | null = null;
  #closed = false;

  constructor(options: TrackOptions) {
    this.#options = options;
  }

  /** Adds a line, its newline included. Throws what the file failed with. */
  append(line: string): Eventual<void> {
    if (this.#failure !== null) throw this.#failure.error;
    if (this.#closed) return;
    this.#lines.push(line);
    this.#length += line.length;
    if (this.#length > bound) return this.written();
    if (this.#length > eagerLength) void this.#flush();
    else this.#timer ??= setTimeout(() => void this.#flush(), flushEveryMs);
  }

  /** True when nothing was written for a while, so that a failure would not have been noticed. */
  get stale(): boolean {
    return performance.now() - this.#lastWritten > pauseMs;
  }

  /** Resolves when the system has all that was added so far. Rejects with what it failed with. */
  async written(): Promise<void> {
    await this.#flush();
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** Writes the rest and the end. Never throws: a failure has been told. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#flush();
    try {
      const end = this.#options.seal(Buffer.alloc(0), true);
      if (this.#failure === null && end.length > 0) await this.#options.sink.write(end);
      await this.#options.sink.close();
    } catch (error) {
      this.#fail(error);
    }
  }

  #flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#flushing ??= this.#drain().finally(() => {
      this.#flushing = null;
    });
    return this.#flushing;
  }

  async #drain(): Promise<void> {
    while (this.#lines.length > 0 && this.#failure === null) {
      const plain = Buffer.from(this.#lines.join(''), 'utf8');
      this.#lines = [];
      this.#length = 0;
      try {
        await this.#options.sink.write(this.#options.seal(plain, false));
        this.#lastWritten = performance.now();
      } catch (error) {
        this.#fail(error);
      }
    }
  }

  #fail(error: unknown): void {
    if (this.#failure !== null) return;
    this.#failure = { error };
    this.#lines = [];
    this.#options.onFailure(error);
  }
}

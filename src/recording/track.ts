import type { Eventual } from '../core/eventual.ts';
import { PendingLines } from './pending-lines.ts';

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
  readonly #pending = new PendingLines();
  /** Bytes of lines that a write was begun for, and that the system has. */
  #taken = 0;
  #written = 0;
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
    if (!this.#takes()) return;
    this.#pending.add(line);
    return this.#added();
  }

  /** The line of an event, as `eventLine` has it; `tail` is how it ends, encoded already. */
  appendEvent(at: number, operation: number | null, tail: Buffer): Eventual<void> {
    if (!this.#takes()) return;
    this.#pending.addEvent(at, operation, tail);
    return this.#added();
  }

  #takes(): boolean {
    if (this.#failure !== null) throw this.#failure.error;
    return !this.#closed;
  }

  #added(): Eventual<void> {
    if (this.#pending.length > bound) return this.written();
    if (this.#flushing === null) this.#writeSoon();
  }

  #writeSoon(): void {
    if (this.#pending.length > eagerLength) void this.#flush();
    else this.#timer ??= setTimeout(() => void this.#flush(), flushEveryMs);
  }

  /** True when nothing was written for a while, so that a failure would not have been noticed. */
  get stale(): boolean {
    return performance.now() - this.#lastWritten > pauseMs;
  }

  /** Resolves when the system has all that was added so far. Rejects with what it failed with. */
  async written(): Promise<void> {
    await this.#flushAll();
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** Writes the rest and the end. Never throws: a failure has been told. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#flushAll();
    try {
      const end = this.#options.seal(Buffer.alloc(0), true);
      if (this.#failure === null && end.length > 0) await this.#options.sink.write(end);
      await this.#options.sink.close();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The piece that is being written may have been begun before the last lines came. */
  async #flushAll(): Promise<void> {
    const added = this.#taken + this.#pending.length;
    do await this.#flush();
    while (this.#written < added && this.#failure === null);
  }

  #flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#flushing ??= this.#writePiece().finally(() => {
      this.#flushing = null;
      if (this.#pending.length > 0) this.#writeSoon();
    });
    return this.#flushing;
  }

  /** One piece: what comes while it is written waits for the next, so that pieces stay large. */
  async #writePiece(): Promise<void> {
    if (this.#pending.length === 0 || this.#failure !== null) return;
    const plain = this.#pending.take();
    this.#taken += plain.length;
    try {
      await this.#options.sink.write(this.#options.seal(plain, false));
      this.#written = this.#taken;
      this.#pending.giveBack(plain);
      this.#lastWritten = performance.now();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#failure !== null) return;
    this.#failure = { error };
    this.#pending.clear();
    this.#options.onFailure(error);
  }
}

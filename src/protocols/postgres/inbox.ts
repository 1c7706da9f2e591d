import type { Readable } from 'node:stream';
import { eachChunk, type Taken } from '../../net/each-chunk.ts';
import type { FrontendFrame, FrontendFramer } from './wire/frontend-framer.ts';

/** What a message takes beside its bytes: a flood of tiny ones must not take a thousandfold. */
const frameOverheadBytes = 256;

/** Of COPY data no more is read ahead than keeps the server busy. */
const maxCopyAheadBytes = 1024 * 1024;

export function costOf(frame: FrontendFrame): number {
  const bytes = frame.kind === 'message' ? frame.end - frame.start : frame.piece.length;
  return frameOverheadBytes + bytes;
}

/**
 * The client's messages in order, read ahead up to a bound, so that a client that leaves is
 * noticed while its statement is held. Reading stops at the bound: that is the backpressure.
 */
export class Inbox {
  readonly #maxAheadBytes: number;
  readonly #gone = new AbortController();
  #frames: FrontendFrame[] = [];
  #taken = 0;
  #aheadBytes = 0;
  #interrupted: { readonly reason: unknown } | null = null;
  #ended = false;
  #wakeReader: (() => void) | null = null;
  #wakeTaker: (() => void) | null = null;

  constructor(maxAheadBytes: number) {
    this.#maxAheadBytes = maxAheadBytes;
  }

  /**
   * Aborted when the client has closed, broken off, or said Terminate; with the WireError as
   * reason when what it sent is no message.
   */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** The one reader loop of this direction; returns when the client is done, and never throws. */
  async read(client: Readable, framer: FrontendFramer, isLast: (frame: FrontendFrame) => boolean) {
    try {
      await eachChunk(client, (chunk) => this.#add(framer.push(chunk), isLast));
      this.#finish(new Error('the client left'));
    } catch (error) {
      this.#finish(error);
    }
  }

  /** Makes `next` throw `reason` from now on. */
  interrupt(reason: unknown): void {
    this.#interrupted = { reason };
    this.#tellTaker();
  }

  /**
   * The next frame; null once the client is gone; 'later' where it is not there yet, and then
   * `news` is called, once, when it is worth asking again. Not a promise: what comes in one chunk
   * is taken at once, in the turn that it came in.
   */
  next(news: () => void): FrontendFrame | null | 'later' {
    if (this.#interrupted !== null) throw this.#interrupted.reason;
    const frame = this.#take();
    if (frame !== undefined) return frame;
    if (this.#ended) return null;
    this.#wakeTaker = news;
    return 'later';
  }

  #tellTaker(): void {
    const news = this.#wakeTaker;
    this.#wakeTaker = null;
    news?.();
  }

  get #full(): boolean {
    const last = this.#frames.at(-1);
    if (last === undefined) return false;
    const copying = last.kind === 'copyData';
    return this.#aheadBytes > (copying ? maxCopyAheadBytes : this.#maxAheadBytes);
  }

  #take(): FrontendFrame | undefined {
    const frame = this.#frames[this.#taken];
    if (frame === undefined) return undefined;
    this.#taken += 1;
    // Not `shift`, which moves the rest of a long array each time.
    if (this.#taken === this.#frames.length) {
      this.#frames.length = 0;
      this.#taken = 0;
    } else if (this.#taken >= 1024) {
      this.#frames = this.#frames.slice(this.#taken);
      this.#taken = 0;
    }
    this.#aheadBytes -= costOf(frame);
    this.#wakeReader?.();
    return frame;
  }

  #add(frames: readonly FrontendFrame[], isLast: (frame: FrontendFrame) => boolean): Taken {
    let enough = false;
    for (const frame of frames) {
      this.#frames.push(frame);
      this.#aheadBytes += costOf(frame);
      enough ||= isLast(frame);
    }
    this.#tellTaker();
    if (enough) return 'enough';
    return this.#full ? this.#roomAgain() : 'more';
  }

  async #roomAgain(): Promise<void> {
    while (this.#full) {
      await new Promise<void>((resolve) => {
        this.#wakeReader = resolve;
      });
    }
  }

  #finish(reason: unknown): void {
    this.#ended = true;
    this.#gone.abort(reason);
    this.#tellTaker();
  }
}

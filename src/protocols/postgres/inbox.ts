import type { Readable } from 'node:stream';
import type { FrontendFrame, FrontendFramer } from './wire/frontend-framer.ts';

/**
 * The client's messages in order, read ahead up to a bound, so that a client that leaves is
 * noticed while its statement is held. Reading stops at the bound: that is the backpressure.
 */
export class Inbox {
  readonly #frames: FrontendFrame[] = [];
  readonly #maxAheadBytes: number;
  readonly #gone = new AbortController();
  #aheadBytes = 0;
  #interrupted: { readonly reason: unknown } | null = null;
  #end: { readonly error: unknown } | null = null;
  #wakeReader: (() => void) | null = null;
  #wakeTaker: (() => void) | null = null;

  constructor(maxAheadBytes: number) {
    this.#maxAheadBytes = maxAheadBytes;
  }

  /** Aborted when the client has closed, broken off, or said Terminate. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** The one reader loop of this direction; returns when the client is done, and never throws. */
  async read(client: Readable, framer: FrontendFramer, isLast: (frame: FrontendFrame) => boolean) {
    try {
      const chunks: AsyncIterable<Buffer> = client.iterator({ destroyOnReturn: false });
      for await (const chunk of chunks) {
        const frames = framer.push(chunk);
        this.#frames.push(...frames);
        this.#aheadBytes += chunk.length;
        this.#wakeTaker?.();
        if (frames.some(isLast)) break;
        if (this.#aheadBytes > this.#maxAheadBytes) await this.#roomAgain();
      }
      this.#finish(null);
    } catch (error) {
      this.#finish(error);
    }
  }

  /** Makes `next` throw `reason` from now on. */
  interrupt(reason: unknown): void {
    this.#interrupted = { reason };
    this.#wakeTaker?.();
  }

  /** The next frame; null once the client is gone. Throws WireError for what is no message. */
  async next(): Promise<FrontendFrame | null> {
    for (;;) {
      if (this.#interrupted !== null) throw this.#interrupted.reason;
      const frame = this.#frames.shift();
      if (frame !== undefined) {
        this.#aheadBytes -= frame.kind === 'message' ? frame.raw.length : frame.piece.length;
        if (this.#aheadBytes <= this.#maxAheadBytes) this.#wakeReader?.();
        return frame;
      }
      if (this.#end !== null) {
        if (this.#end.error !== null) throw this.#end.error;
        return null;
      }
      await new Promise<void>((resolve) => {
        this.#wakeTaker = resolve;
      });
    }
  }

  #roomAgain(): Promise<void> {
    return new Promise((resolve) => {
      this.#wakeReader = resolve;
    });
  }

  #finish(error: unknown): void {
    this.#end = { error };
    this.#wakeTaker?.();
    this.#gone.abort(new Error('the client left'));
  }
}

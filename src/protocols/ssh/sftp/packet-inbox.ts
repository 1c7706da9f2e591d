import type { Readable } from 'node:stream';
import { readChunks } from '../../../net/read-chunks.ts';
import { StreamClosedError } from '../../../net/stream-closed-error.ts';
import type { PacketFrame, PacketFramer } from '../wire/packet-framer.ts';
import { Condition } from './condition.ts';

/** What a frame takes beside its bytes: a flood of tiny ones must not take a thousandfold. */
const frameOverheadBytes = 256;

function costOf(frame: PacketFrame): number {
  return frameOverheadBytes + (frame.kind === 'piece' ? frame.bytes.length : frame.raw.length);
}

/**
 * The client's packets in order, read ahead up to a bound, so that a client that leaves is
 * noticed while its operation is held. Reading stops at the bound: that is the backpressure.
 */
export class PacketInbox {
  readonly #maxAheadBytes: number;
  readonly #stop: AbortSignal;
  readonly #news: Condition;
  readonly #gone = new AbortController();
  readonly #frames: PacketFrame[] = [];
  #aheadBytes = 0;
  #fault: { readonly error: unknown } | null = null;

  constructor(maxAheadBytes: number, stop: AbortSignal) {
    this.#maxAheadBytes = maxAheadBytes;
    this.#stop = stop;
    this.#news = new Condition(stop);
  }

  /** Aborted when nothing more will come: the client has ended its side, or broken the protocol. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** The one reader loop of this direction; returns when the client is done, and never throws. */
  async read(client: Readable, framer: PacketFramer): Promise<void> {
    try {
      for await (const chunk of readChunks(client, this.#stop)) {
        for (const frame of framer.push(chunk)) {
          this.#frames.push(frame);
          this.#aheadBytes += costOf(frame);
        }
        this.#news.changed();
        if (this.#full) await this.#news.until(() => !this.#full);
      }
    } catch (error) {
      if (!(error instanceof StreamClosedError)) this.#fault = { error };
    }
    this.#gone.abort(this.#fault?.error ?? new StreamClosedError('the client left'));
    this.#news.changed();
  }

  /** The next frame; null once the client is gone. Throws what it did wrong when that is next. */
  async next(): Promise<PacketFrame | null> {
    if (this.#frames.length === 0) {
      await this.#news.until(() => this.#frames.length > 0 || this.#gone.signal.aborted);
    }
    const frame = this.#frames.shift();
    if (frame !== undefined) {
      this.#aheadBytes -= costOf(frame);
      this.#news.changed();
      return frame;
    }
    if (this.#fault !== null) throw this.#fault.error;
    return null;
  }

  get #full(): boolean {
    return this.#aheadBytes > this.#maxAheadBytes;
  }
}

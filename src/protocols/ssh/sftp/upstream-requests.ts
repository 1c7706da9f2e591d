import type { Writable } from 'node:stream';
import { writeAll } from '../../../net/write-all.ts';
import type { Reply } from '../wire/decode-reply.ts';
import { type ReplyType, replyType } from '../wire/packet-types.ts';
import { replaceRequestId } from '../wire/request-id.ts';
import { WireFault } from '../wire/wire-fault.ts';
import { Condition } from './condition.ts';
import type { FileContents } from './file-contents.ts';

/** What is owed for one request that goes to the server. */
export interface AwaitedReply {
  /** By which id the client knows it; null for a question of the gateway's own. */
  readonly clientId: number | null;
  /** What may answer it beside a STATUS. */
  readonly expects: ReplyType;
  /** Whether it may change where paths lead. */
  readonly changes: boolean;
  /** Where what is read belongs. */
  readonly contents?: { readonly file: FileContents; readonly offset: bigint };
  /** Called once, before the client sees the reply. */
  answered(reply: Reply): Promise<void> | void;
  /** Called once instead, when no answer will come. */
  lost(sent: boolean): Promise<void> | void;
}

/**
 * Requests that the server has to answer. Each travels under an id of the gateway's own, so
 * that whatever ids a client chooses, twice the same one included, no answer is ambiguous and
 * none of the gateway's own questions can be answered by a stranger.
 */
export class UpstreamRequests {
  readonly #upstream: Writable;
  readonly #maxOutstanding: number;
  readonly #stop: AbortSignal;
  readonly #awaited = new Map<number, AwaitedReply>();
  readonly #progress: Condition;
  #lastId = 0;
  #changing = 0;

  constructor(upstream: Writable, maxOutstanding: number, stop: AbortSignal) {
    this.#upstream = upstream;
    this.#maxOutstanding = maxOutstanding;
    this.#stop = stop;
    this.#progress = new Condition(stop);
  }

  /** Sends a request, or the beginning of one; changes the id in `raw`. */
  async send(raw: Buffer, awaited: AwaitedReply): Promise<void> {
    try {
      await this.#progress.until(() => this.#awaited.size < this.#maxOutstanding);
    } catch (error) {
      await awaited.lost(false);
      throw error;
    }
    replaceRequestId(raw, this.#register(awaited));
    await this.pass(raw);
  }

  /** More of what `send` has begun, or a packet without an id. */
  async pass(bytes: Buffer): Promise<void> {
    await writeAll(this.#upstream, bytes, this.#stop);
  }

  /** Who waits for this reply; throws WireFault when nobody does. */
  take(id: number, type: number): AwaitedReply {
    const awaited = this.#awaited.get(id);
    if (awaited === undefined) throw new WireFault('UNEXPECTED', 'reply to no request');
    if (type !== replyType.status && type !== awaited.expects) {
      throw new WireFault('UNEXPECTED', `reply of type ${type} to another kind of request`);
    }
    this.#awaited.delete(id);
    return awaited;
  }

  /** To be called behind `take`, when the reply has had its effect. */
  done(awaited: AwaitedReply): void {
    if (awaited.changes) this.#changing -= 1;
    this.#progress.changed();
  }

  /** Resolves when nothing is under way that may change where paths lead. */
  async pathsAtRest(): Promise<void> {
    await this.#progress.until(() => this.#changing === 0);
  }

  /** Resolves when the server owes nothing. */
  async allAnswered(): Promise<void> {
    await this.#progress.until(() => this.#awaited.size === 0);
  }

  /** Tells everybody who waits that nothing will come. */
  async abandon(): Promise<void> {
    const lost = [...this.#awaited.values()];
    this.#awaited.clear();
    await Promise.all(lost.map((awaited) => awaited.lost(true)));
  }

  #register(awaited: AwaitedReply): number {
    do this.#lastId = (this.#lastId + 1) >>> 0;
    while (this.#awaited.has(this.#lastId));
    this.#awaited.set(this.#lastId, awaited);
    if (awaited.changes) this.#changing += 1;
    return this.#lastId;
  }
}

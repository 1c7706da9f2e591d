import type { Duplex } from 'node:stream';
import { RefusedError } from '../../core/refusal.ts';
import { absorbErrors } from '../../net/absorb-errors.ts';
import { eachChunk, type Taken } from '../../net/each-chunk.ts';
import { writeOrWait } from '../../net/write-all.ts';
import type { LastWords, Pieces, UpgradeTap } from './dialect.ts';

export interface SpliceParts {
  readonly client: Duplex;
  readonly target: Duplex;
  /** Aborted when the session ends. */
  readonly over: AbortSignal;
  readonly tap: UpgradeTap;
  /** Null where a client has to be left without a word. */
  readonly lastWords: LastWords | null;
  /** What is done to all that the target sends; null passes it on untouched. */
  readonly masked: Pieces | null;
}

/** For the message that is on its way, and for the client to have heard the last words. */
const farewellMs = 500;

/**
 * Passes bytes both ways until both sides have ended; either side may end first. When the session
 * ends, the client is told so where there are words for it.
 */
export async function splice(parts: SpliceParts): Promise<void> {
  await new Splice(parts).done();
}

class Splice {
  readonly #parts: SpliceParts;
  /** Set once the session is over. */
  #farewell: Buffer | null = null;
  #timer: NodeJS.Timeout | undefined;
  #release: NodeJS.Timeout | undefined;

  constructor(parts: SpliceParts) {
    this.#parts = parts;
    absorbErrors(parts.client);
    absorbErrors(parts.target);
  }

  async done(): Promise<void> {
    const { client, target, over } = this.#parts;
    const leave = () => this.#leave();
    if (over.aborted) leave();
    else over.addEventListener('abort', leave, { once: true });
    try {
      await Promise.all([this.#answers(), pass(client, target, (chunk) => this.#toTarget(chunk))]);
    } catch {
      // One of them broke: the other must not take what it has for complete.
      if (this.#farewell !== null) await closeOf(client);
    } finally {
      over.removeEventListener('abort', leave);
      this.#stop();
    }
  }

  async #answers(): Promise<void> {
    const { client, target, masked } = this.#parts;
    if (masked === null) return pass(target, client, (chunk) => this.#toClient(chunk));
    const ended = () => this.#toClient(masked.end());
    await pass(target, client, (chunk) => this.#masked(masked, chunk), ended);
  }

  #masked(masked: Pieces, chunk: Buffer): Taken {
    clearTimeout(this.#release);
    const taken = this.#toClient(masked.write(chunk));
    const due = masked.dueIn;
    if (due !== null) this.#release = setTimeout(() => this.#letGo(masked), due + 1);
    return taken;
  }

  /** What is let go of is bounded, and comes before the next chunk. */
  #letGo(masked: Pieces): void {
    if (this.#farewell !== null || !this.#parts.client.writable) return;
    // Where it cannot be taken down, the session ends for it.
    void Promise.resolve(this.#toClient(masked.release())).catch(() => {});
    const due = masked.dueIn;
    if (due !== null) this.#release = setTimeout(() => this.#letGo(masked), due + 1);
  }

  #leave(): void {
    const { over, lastWords } = this.#parts;
    const reason: unknown = over.reason;
    if (lastWords === null || !(reason instanceof RefusedError)) {
      this.#stop();
      return;
    }
    this.#farewell = lastWords.words(reason.refusal);
    this.#timer = setTimeout(() => this.#stop(), farewellMs);
    if (lastWords.boundaries.betweenMessages) this.#say(this.#farewell);
  }

  #say(words: Buffer): void {
    const { client, target } = this.#parts;
    // What the client still sends is read and dropped, lest its reset overtake the words.
    client.end(words);
    target.destroy();
  }

  #toClient(chunk: Buffer): Taken {
    const { client, lastWords } = this.#parts;
    if (client.writableEnded) return 'enough';
    if (chunk.length === 0) return 'more';
    if (this.#farewell === null) {
      const taken = this.#parts.tap.toClient(chunk);
      if (taken instanceof Promise) return taken.then(() => this.#pass(chunk));
      return this.#pass(chunk) ?? 'more';
    }
    const end = lastWords?.boundaries.toBoundary(chunk) ?? null;
    if (end === null) return writeOrWait(client, chunk) ?? 'more';
    this.#say(Buffer.concat([chunk.subarray(0, end), this.#farewell]));
    return 'enough';
  }

  #pass(chunk: Buffer): Promise<void> | null {
    const { client, lastWords } = this.#parts;
    if (client.writableEnded) return null;
    lastWords?.boundaries.passed(chunk);
    return writeOrWait(client, chunk);
  }

  #toTarget(chunk: Buffer): Taken {
    if (this.#farewell !== null) return 'more';
    const { tap, target } = this.#parts;
    const taken = tap.toTarget(chunk);
    if (taken instanceof Promise) return taken.then(() => this.#passOn(chunk));
    return writeOrWait(target, chunk) ?? 'more';
  }

  #passOn(chunk: Buffer): Promise<void> | null {
    return this.#farewell === null ? writeOrWait(this.#parts.target, chunk) : null;
  }

  #stop(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#release);
    this.#parts.client.destroy();
    this.#parts.target.destroy();
  }
}

async function pass(
  from: Duplex,
  to: Duplex,
  take: (chunk: Buffer) => Taken,
  ended?: () => Taken,
): Promise<void> {
  await eachChunk(from, take);
  if (!to.writableEnded && !to.destroyed) await ended?.();
  // Of a stream that is closed already, neither event would come.
  if (to.closed) return;
  await new Promise<void>((resolve) => {
    to.once('close', resolve).end(resolve);
  });
}

function closeOf(stream: Duplex): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed) resolve();
    else stream.once('close', resolve);
  });
}

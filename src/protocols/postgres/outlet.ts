import type { Writable } from 'node:stream';
import { writeOrWait } from '../../net/write-all.ts';
import type { AnswerTap } from './answer-tap.ts';

/**
 * The way to the client. What the server said goes through as it came; what the gateway says
 * itself is put in only between two messages.
 */
export class Outlet {
  readonly #client: Writable;
  readonly #tap: AnswerTap;
  readonly #waiting: Buffer[] = [];
  #atBoundary = true;
  #closed = false;
  #droppedBytes = 0;

  constructor(client: Writable, tap: AnswerTap) {
    this.#client = client;
    this.#tap = tap;
  }

  /**
   * Passes the server's bytes on, once they have been taken down; `atBoundary` says whether they
   * end with a message. Null where there is nothing to wait for.
   */
  pass(bytes: Buffer, atBoundary: boolean): Promise<void> | null {
    const taken = this.#tap.passed(bytes);
    if (taken instanceof Promise) {
      return taken.then(async () => {
        await this.#pass(bytes, atBoundary);
      });
    }
    return this.#pass(bytes, atBoundary);
  }

  #pass(bytes: Buffer, atBoundary: boolean): Promise<void> | null {
    this.#atBoundary = atBoundary;
    const full = this.#write(bytes);
    if (full === null) return this.#sayWaiting();
    return full.then(async () => {
      await this.#sayWaiting();
    });
  }

  /** Says something of our own, as soon as a message has ended. */
  async say(message: Buffer): Promise<void> {
    if (this.#atBoundary) await this.#write(message);
    else this.#waiting.push(message);
  }

  /** What nobody is there to read any more. */
  get droppedBytes(): number {
    return this.#droppedBytes;
  }

  /** From here on everything is dropped: the client is gone, the server still has to answer. */
  close(): void {
    this.#closed = true;
  }

  #sayWaiting(): Promise<void> | null {
    if (!this.#atBoundary || this.#waiting.length === 0) return null;
    return this.#write(Buffer.concat(this.#waiting.splice(0)));
  }

  #write(bytes: Buffer): Promise<void> | null {
    if (bytes.length === 0) return null;
    if (this.#closed) {
      this.#droppedBytes += bytes.length;
      return null;
    }
    const close = () => this.close();
    try {
      return writeOrWait(this.#client, bytes)?.catch(close) ?? null;
    } catch {
      close();
      return null;
    }
  }
}

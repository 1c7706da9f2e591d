import type { Writable } from 'node:stream';
import { writeAll } from '../../net/write-all.ts';

/**
 * The way to the client. What the server said goes through as it came; what the gateway says
 * itself is put in only between two messages.
 */
export class Outlet {
  readonly #client: Writable;
  readonly #waiting: Buffer[] = [];
  #atBoundary = true;
  #closed = false;
  #droppedBytes = 0;

  constructor(client: Writable) {
    this.#client = client;
  }

  /** Passes the server's bytes on; `atBoundary` says whether they end with a message. */
  async pass(bytes: Buffer, atBoundary: boolean): Promise<void> {
    this.#atBoundary = atBoundary;
    await this.#write(bytes);
    if (this.#atBoundary && this.#waiting.length > 0) {
      await this.#write(Buffer.concat(this.#waiting.splice(0)));
    }
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

  async #write(bytes: Buffer): Promise<void> {
    if (bytes.length === 0) return;
    if (this.#closed) {
      this.#droppedBytes += bytes.length;
      return;
    }
    try {
      await writeAll(this.#client, bytes);
    } catch {
      this.#closed = true;
    }
  }
}

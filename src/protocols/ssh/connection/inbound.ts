import type { ChannelRequest } from './channel-request.ts';

/** What arrives in a channel, in its order. */
export type Inbound =
  /** Stream 0 is the data itself, 1 standard error. */
  | { readonly kind: 'data'; readonly stream: number; readonly bytes: Buffer }
  | { readonly kind: 'request'; readonly request: ChannelRequest }
  | { readonly kind: 'eof' }
  | { readonly kind: 'close' };

interface Gathering {
  readonly stream: number;
  readonly store: Buffer;
  length: number;
}

const smallBytes = 4 * 1024;
const gatherBytes = 32 * 1024;

/**
 * What has arrived and is not taken yet. The window bounds its bytes; small pieces are put
 * together, so that a flood of them takes no more memory than their bytes.
 */
export class InboundQueue {
  readonly #items: Inbound[] = [];
  #gathering: Gathering | null = null;

  get empty(): boolean {
    return this.#items.length === 0 && this.#gathering === null;
  }

  push(item: Inbound): void {
    if (item.kind === 'data' && item.bytes.length < smallBytes) {
      this.#gather(item.stream, item.bytes);
      return;
    }
    this.#flush();
    this.#items.push(item);
  }

  take(): Inbound | null {
    if (this.#items.length === 0) this.#flush();
    return this.#items.shift() ?? null;
  }

  #gather(stream: number, bytes: Buffer): void {
    if (this.#gathering !== null) {
      const { store, length } = this.#gathering;
      if (this.#gathering.stream === stream && length + bytes.length <= store.length) {
        bytes.copy(store, length);
        this.#gathering.length += bytes.length;
        return;
      }
      this.#flush();
    }
    if (this.#items.length === 0) {
      this.#items.push({ kind: 'data', stream, bytes });
      return;
    }
    const store = Buffer.allocUnsafeSlow(gatherBytes);
    bytes.copy(store);
    this.#gathering = { stream, store, length: bytes.length };
  }

  #flush(): void {
    const gathering = this.#gathering;
    if (gathering === null) return;
    this.#gathering = null;
    const { stream, store, length } = gathering;
    this.#items.push({ kind: 'data', stream, bytes: store.subarray(0, length) });
  }
}

import type { ChannelRequest } from './channel-request.ts';

/** What arrives in a channel, in its order. */
export type Inbound =
  /** Stream 0 is the data itself, 1 standard error. */
  | { readonly kind: 'data'; readonly stream: number; readonly bytes: Buffer }
  | { readonly kind: 'request'; readonly request: ChannelRequest }
  | { readonly kind: 'eof' }
  | { readonly kind: 'close' };

/** Small pieces behind each other: stream and length before the bytes of each. */
interface Packed {
  readonly kind: 'packed';
  readonly store: Buffer;
  /** Where the next piece to be taken begins, the last one, and what is free. */
  first: number;
  last: number;
  end: number;
}

const smallBytes = 4 * 1024;
const packedBytes = 32 * 1024;
const headBytes = 6;

/**
 * What has arrived and is not taken yet. The window bounds its bytes; small pieces are put
 * together, so that a flood of them takes no more memory than a few times their bytes.
 */
export class InboundQueue {
  readonly #items: (Inbound | Packed)[] = [];

  get empty(): boolean {
    return this.#items.length === 0;
  }

  push(item: Inbound): void {
    if (item.kind !== 'data' || this.#items.length === 0) this.#items.push(item);
    else if (item.bytes.length < smallBytes) this.#pack(item.stream, item.bytes);
    else this.#items.push({ ...item, bytes: alone(item.bytes) });
  }

  take(): Inbound | null {
    const item = this.#items[0] ?? null;
    if (item?.kind !== 'packed') {
      this.#items.shift();
      return item;
    }
    const { store, first } = item;
    const start = first + headBytes;
    item.first = start + store.readUInt16BE(first + 4);
    if (item.first === item.end) this.#items.shift();
    const bytes = store.subarray(start, item.first);
    return { kind: 'data', stream: store.readUInt32BE(first), bytes };
  }

  #pack(stream: number, bytes: Buffer): void {
    const packed = this.#roomFor(headBytes + bytes.length);
    const { store, last, end } = packed;
    if (end > 0 && store.readUInt32BE(last) === stream) {
      store.writeUInt16BE(store.readUInt16BE(last + 4) + bytes.length, last + 4);
    } else {
      store.writeUInt32BE(stream, end);
      store.writeUInt16BE(bytes.length, end + 4);
      packed.last = end;
      packed.end += headBytes;
    }
    bytes.copy(store, packed.end);
    packed.end += bytes.length;
  }

  #roomFor(length: number): Packed {
    const last = this.#items.at(-1);
    if (last?.kind === 'packed' && last.end + length <= last.store.length) return last;
    const store = Buffer.allocUnsafeSlow(packedBytes);
    const packed: Packed = { kind: 'packed', store, first: 0, last: 0, end: 0 };
    this.#items.push(packed);
    return packed;
  }
}

/** What waits must not keep much more than itself: what came in one read has one memory. */
function alone(bytes: Buffer): Buffer {
  return bytes.buffer.byteLength > 2 * bytes.length ? Buffer.from(bytes) : bytes;
}

interface Frame {
  /** In bytes, its head counted. */
  readonly length: number;
  /** Whether a message ends with it; null for a frame that stands between or inside messages. */
  readonly endsMessage: boolean | null;
}

/** Reads the head of a frame from its first bytes; null while more of them are needed. */
export type FrameHead = (start: Buffer) => Frame | null;

/** Finds where frames end in a stream that passes by in chunks. Keeps no more than a head. */
export class FrameWalker {
  readonly #headOf: FrameHead;
  readonly #maxHead: number;
  #head: Buffer = Buffer.alloc(0);
  /** Of the frame that is passing: bytes still to come. */
  #left = 0;
  #inMessage = false;

  constructor(headOf: FrameHead, maxHead: number) {
    this.#headOf = headOf;
    this.#maxHead = maxHead;
  }

  get betweenMessages(): boolean {
    return this.#left === 0 && this.#head.length === 0 && !this.#inMessage;
  }

  /** Where the first message in the chunk ends, having gone no further; null when none does. */
  toBoundary(chunk: Buffer): number | null {
    let at = 0;
    while (at < chunk.length) {
      at = this.#step(chunk, at);
      if (this.betweenMessages) return at;
    }
    return null;
  }

  passed(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) at = this.#step(chunk, at);
  }

  #step(chunk: Buffer, at: number): number {
    if (this.#left > 0) {
      const taken = Math.min(this.#left, chunk.length - at);
      this.#left -= taken;
      return at + taken;
    }
    const before = this.#head.length;
    const next = chunk.subarray(at, at + this.#maxHead - before);
    const start = before === 0 ? next : Buffer.concat([this.#head, next]);
    const head = this.#headOf(start);
    if (head === null) {
      this.#head = Buffer.from(start);
      return chunk.length;
    }
    this.#head = Buffer.alloc(0);
    if (head.endsMessage !== null) this.#inMessage = !head.endsMessage;
    const taken = Math.min(head.length - before, chunk.length - at);
    this.#left = head.length - before - taken;
    return at + taken;
  }
}

/** RFC 6455, section 5.2. */
export const webSocketFrame: FrameHead = (start) => {
  const [first, second] = start;
  if (first === undefined || second === undefined) return null;
  const mask = (second & 0x80) === 0 ? 0 : 4;
  const short = second & 0x7f;
  const endsMessage = (first & 0x08) === 0 ? (first & 0x80) !== 0 : null;
  if (short < 126) return { length: 2 + mask + short, endsMessage };
  if (short === 126) {
    return start.length < 4 ? null : { length: 4 + mask + start.readUInt16BE(2), endsMessage };
  }
  return start.length < 10
    ? null
    : { length: 10 + mask + Number(start.readBigUInt64BE(2)), endsMessage };
};
export const webSocketHeadBytes = 10;

/** SPDY Protocol, draft 3.1, section 2.2: eight bytes, the last three of them the length. */
export const spdyFrame: FrameHead = (start) =>
  start.length < 8 ? null : { length: 8 + start.readUIntBE(5, 3), endsMessage: true };
export const spdyHeadBytes = 8;

/** What a frame carries, in pieces as they come. */
export type TakePayload = (stream: number, bytes: Buffer) => void;

/** Hands out the contents of frames that pass by in chunks. */
export interface FramePayloads {
  push(chunk: Buffer, take: TakePayload): void;
}

/**
 * Of messages whose first byte names their channel, as Kubernetes has them on WebSocket: frames
 * of a message that is sent in parts belong to its channel.
 */
export class WebSocketPayloads implements FramePayloads {
  #head: Buffer = Buffer.alloc(0);
  #left = 0;
  #mask: Buffer | null = null;
  #at = 0;
  #control = false;
  /** Null where a message's first byte is still to come. */
  #channel: number | null = null;

  push(chunk: Buffer, take: TakePayload): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#left === 0) at = this.#readHead(chunk, at);
      else {
        const piece = chunk.subarray(at, at + this.#left);
        at += piece.length;
        this.#left -= piece.length;
        if (!this.#control) this.#payload(this.#unmasked(piece), take);
      }
    }
  }

  /** RFC 6455, section 5.2. */
  #readHead(chunk: Buffer, start: number): number {
    let at = start;
    let head = this.#head;
    while (at < chunk.length && head.length < headLength(head)) {
      head = Buffer.concat([head, chunk.subarray(at, at + 1)]);
      at += 1;
    }
    this.#head = head;
    if (head.length < headLength(head)) return at;
    const opcode = (head[0] ?? 0) & 0x0f;
    this.#control = opcode >= 8;
    if (!this.#control && opcode !== 0) this.#channel = null;
    this.#left = payloadLength(head);
    this.#mask = ((head[1] ?? 0) & 0x80) === 0 ? null : head.subarray(-4);
    this.#at = 0;
    this.#head = Buffer.alloc(0);
    return at;
  }

  #unmasked(piece: Buffer): Buffer {
    const mask = this.#mask;
    if (mask === null) return piece;
    const plain = Buffer.allocUnsafe(piece.length);
    for (let index = 0; index < piece.length; index += 1) {
      plain[index] = (piece[index] ?? 0) ^ (mask[(this.#at + index) % 4] ?? 0);
    }
    this.#at += piece.length;
    return plain;
  }

  #payload(bytes: Buffer, take: TakePayload): void {
    if (this.#channel === null) {
      this.#channel = bytes[0] ?? 0;
      if (bytes.length > 1) take(this.#channel, bytes.subarray(1));
    } else take(this.#channel, bytes);
  }
}

function headLength(head: Buffer): number {
  const second = head[1];
  if (second === undefined) return 2;
  const short = second & 0x7f;
  const extended = short < 126 ? 0 : short === 126 ? 2 : 8;
  return 2 + extended + ((second & 0x80) === 0 ? 0 : 4);
}

function payloadLength(head: Buffer): number {
  const short = (head[1] ?? 0) & 0x7f;
  if (short < 126) return short;
  return short === 126 ? head.readUInt16BE(2) : Number(head.readBigUInt64BE(2));
}

const spdyHead = 8;

/** Of data frames, by stream (SPDY Protocol, draft 3.1, section 2.2). */
export class SpdyPayloads implements FramePayloads {
  #head: Buffer = Buffer.alloc(0);
  #left = 0;
  /** Null in a control frame. */
  #stream: number | null = null;

  push(chunk: Buffer, take: TakePayload): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#left > 0) {
        const piece = chunk.subarray(at, at + this.#left);
        at += piece.length;
        this.#left -= piece.length;
        if (this.#stream !== null) take(this.#stream, piece);
        continue;
      }
      const next = chunk.subarray(at, at + spdyHead - this.#head.length);
      this.#head = Buffer.concat([this.#head, next]);
      at += next.length;
      if (this.#head.length < spdyHead) return;
      const id = this.#head.readUInt32BE(0);
      this.#stream = id >= 0x8000_0000 ? null : id;
      this.#left = this.#head.readUIntBE(5, 3);
      this.#head = Buffer.alloc(0);
    }
  }
}

import { isBackendType } from './backend-types.ts';
import { int32At } from './integers.ts';
import { MessageGatherer } from './message-gatherer.ts';
import { Outgoing } from './outgoing.ts';
import { WireError } from './wire-error.ts';

const nothing = Buffer.alloc(0);

export interface BackendScannerLimits {
  /** Most bytes of one message of interest; others are never held. */
  readonly maxBufferedBytes: number;
}

/**
 * The hot path of replies: walks the messages of a chunk where they lie, stops at those of
 * interest, and hands on the chunk itself where nothing in it is held back or replaced. No view
 * and no object is made for a message. For each chunk: `feed`, `next` until it is false, `passed`.
 * Throws WireError, and is done then.
 */
export class BackendScanner {
  /** The message of interest that `next` has found: its first byte, and where it lies whole. */
  type = 0;
  bytes: Buffer = nothing;
  start = 0;
  end = 0;

  readonly #limits: BackendScannerLimits;
  readonly #interest: (type: number) => boolean;
  #chunk: Buffer = nothing;
  /** Where the next message starts. */
  #at = 0;
  readonly #out = new Outgoing();
  /** What `nextOf` was last asked, of which bytes, and what it said. */
  readonly #search = { bytes: nothing as Buffer, byte: -1, from: 0, at: 0 };
  /** Found, and begun in an earlier chunk: it goes on unless it is replaced. */
  #whole: Buffer | null = null;
  /** Body bytes of an uninteresting message still to come. */
  #passing = 0;
  /** An uninteresting message whose header is cut: its bytes are handed on, its length awaited. */
  #cutHeader: MessageGatherer | null = null;
  /** A message of interest, of unknown length (header only) or known. */
  #held: { readonly gathered: MessageGatherer; readonly header: boolean } | null = null;

  /** `interest` is asked once for each message, by its first byte. */
  constructor(limits: BackendScannerLimits, interest: (type: number) => boolean) {
    this.#limits = limits;
    this.#interest = interest;
  }

  /** The next bytes of the server. Only when `next` has gone through what came before. */
  feed(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#at = 0;
    this.#out.begin(chunk);
    // The same buffer may hold other bytes by now.
    this.#search.bytes = nothing;
  }

  /** Goes to the next message of interest; false where none has come whole in this chunk. */
  next(): boolean {
    if (this.#held !== null) return this.#resume(this.#held);
    if (this.#whole !== null) this.#keepWhole(this.#whole);
    const chunk = this.#chunk;
    const size = chunk.length;
    let at = this.#resumePassing();
    while (at < size) {
      const type = chunk[at] ?? 0;
      if (!isBackendType(type)) {
        throw new WireError('UNKNOWN_TYPE', `unknown server message ${type}`);
      }
      const interesting = this.#interest(type);
      if (size - at < 5) return this.#cutInHeader(at, interesting);
      const length = messageLength(chunk, at);
      const end = at + 1 + length;
      if (interesting) return this.#found(type, at, end);
      if (end > size) this.#passing = end - size;
      at = end;
    }
    this.#at = size;
    return false;
  }

  /**
   * Goes on to the message behind the one that was found, where it is of the same type and lies
   * whole in this chunk: for runs of rows, of which each is of interest as the first one was.
   */
  another(): boolean {
    const { type, end: at } = this;
    const chunk = this.#chunk;
    // What was found may have begun in an earlier chunk, and lie elsewhere.
    if (this.bytes !== chunk || chunk.length - at < 5 || chunk[at] !== type) return false;
    const end = at + 1 + messageLength(chunk, at);
    return end <= chunk.length && this.#found(type, at, end);
  }

  /**
   * Where that byte stands next in `bytes`, at `from` or behind it; `Infinity` where it does not.
   * One search does for all messages of a chunk that come before what it finds.
   */
  nextOf(byte: number, from: number): number {
    const { bytes } = this;
    const last = this.#search;
    if (last.bytes === bytes && last.byte === byte && last.from <= from && from <= last.at) {
      return last.at;
    }
    const at = bytes.indexOf(byte, from);
    last.bytes = bytes;
    last.byte = byte;
    last.from = from;
    last.at = at === -1 ? Number.POSITIVE_INFINITY : at;
    return last.at;
  }

  /** Has the message that `next` found go on as these bytes. */
  replace(bytes: Buffer): void {
    const out = this.edit();
    out.leaveOut(this.end - this.start);
    out.copy(bytes, 0, bytes.length);
  }

  /** The message that `next` found lies ahead there; each byte is for the caller to keep or not. */
  edit(): Outgoing {
    const out = this.#out;
    const whole = this.#whole;
    if (whole === null) out.edit(this.start, this.end);
    else out.layAhead(whole, 0, whole.length);
    this.#whole = null;
    return out;
  }

  /** What goes on of this chunk, with what was held back before. */
  passed(): Buffer {
    if (this.#whole !== null) this.#keepWhole(this.#whole);
    return this.#out.end();
  }

  /** True where a message of ours may be put in: what is passed on ends with a message. */
  get atBoundary(): boolean {
    return this.#passing === 0 && this.#cutHeader === null;
  }

  #found(type: number, start: number, end: number): boolean {
    this.#checkLength(end - start - 1);
    if (end > this.#chunk.length) {
      return this.#hold(start, new MessageGatherer(end - start), false);
    }
    this.type = type;
    this.bytes = this.#chunk;
    this.start = start;
    this.end = end;
    this.#at = end;
    return true;
  }

  #cutInHeader(at: number, interesting: boolean): boolean {
    const header = new MessageGatherer(5);
    if (interesting) return this.#hold(at, header, true);
    this.#at = at + header.take(this.#chunk, at);
    this.#cutHeader = header;
    return false;
  }

  /** Keeps the rest of the chunk back until the message is whole. */
  #hold(at: number, gathered: MessageGatherer, header: boolean): false {
    this.#at = at + gathered.take(this.#chunk, at);
    this.#out.endAt(at);
    this.#held = { gathered, header };
    return false;
  }

  /** Goes on with a message of interest that began in an earlier chunk. */
  #resume({ gathered, header }: { gathered: MessageGatherer; header: boolean }): boolean {
    this.#at += gathered.take(this.#chunk, this.#at);
    this.#out.leaveOutTo(this.#at);
    if (gathered.missing > 0) return false;
    this.#held = null;
    const raw = gathered.whole();
    if (!header) return this.#foundWhole(raw);
    const length = messageLength(raw, 0);
    this.#checkLength(length);
    if (length === 4) return this.#foundWhole(raw);
    const message = new MessageGatherer(length + 1);
    message.take(raw, 0);
    this.#held = { gathered: message, header: false };
    return this.#resume(this.#held);
  }

  #foundWhole(raw: Buffer): true {
    this.#whole = raw;
    this.type = raw[0] ?? 0;
    this.bytes = raw;
    this.start = 0;
    this.end = raw.length;
    return true;
  }

  #keepWhole(raw: Buffer): void {
    this.#out.copy(raw, 0, raw.length);
    this.#whole = null;
  }

  /** Finishes a passed message that began in an earlier chunk; returns where it ends. */
  #resumePassing(): number {
    let at = this.#at;
    if (this.#cutHeader !== null) {
      at += this.#cutHeader.take(this.#chunk, at);
      if (this.#cutHeader.missing > 0) return at;
      this.#passing = messageLength(this.#cutHeader.whole(), 0) - 4;
      this.#cutHeader = null;
    }
    if (this.#passing === 0) return at;
    const taken = Math.min(this.#passing, this.#chunk.length - at);
    this.#passing -= taken;
    return at + taken;
  }

  #checkLength(length: number): void {
    if (length >= this.#limits.maxBufferedBytes) {
      throw new WireError('TOO_LONG', `server message of ${length + 1} bytes is over the limit`);
    }
  }
}

function messageLength(bytes: Buffer, at: number): number {
  const length = int32At(bytes, at + 1);
  if (length < 4) throw new WireError('BAD_LENGTH', 'server message length is too small');
  return length;
}

import { andThen, type Eventual } from '../../../core/eventual.ts';
import {
  type ChannelRequestFields,
  encodeChannelReply,
  encodeChannelRequest,
  encodeClose,
  encodeDataHead,
  encodeEof,
  encodeWindowAdjust,
} from '../wire/connection/encode.ts';
import { WireFault } from '../wire/wire-fault.ts';
import type { ChannelRequest } from './channel-request.ts';
import { type Inbound, InboundQueue } from './inbound.ts';
import type { Transport } from './transport.ts';

/** What we let a peer send before we have passed it on, in each channel. */
export const windowBytes = 2 * 1024 * 1024;
export const maxPacketBytes = 32 * 1024;

const maxWindow = 0xffff_ffff;
/** Requests that are answered later; more at once are not of this world. */
const maxAwaitedReplies = 64;
/** Requests have no window: those that keep their place between the data are bounded by this. */
const maxWaitingRequestBytes = 256 * 1024;

/** The two ends of a channel, as the opening has settled them. */
export interface ChannelEnds {
  readonly local: number;
  readonly remote: number;
  readonly sendWindow: number;
  readonly maxPacket: number;
}

/**
 * One channel (RFC 4254, section 5), alike on both sides. What arrives waits in it, bounded by
 * its window, until it is taken and `credit` gives the peer room again.
 */
export class Channel {
  readonly id: number;
  readonly #remote: number;
  readonly #maxPacket: number;
  readonly #transport: Transport;
  readonly #forget: () => void;
  readonly #inbound = new InboundQueue();
  readonly #gone = new AbortController();
  readonly #replies: ((ok: boolean) => void)[] = [];
  #sendWindow: number;
  #receiveWindow = windowBytes;
  #uncredited = 0;
  #waitingRequestBytes = 0;
  #sentEof = false;
  #sentClose = false;
  #gotData = false;
  #gotEof = false;
  #gotClose = false;
  #arrived: (() => void) | null = null;
  #windowOpened: (() => void)[] = [];
  #onRequest: ((request: ChannelRequest) => void) | null = null;
  #onData: ((bytes: Buffer) => void) | null = null;

  constructor(ends: ChannelEnds, transport: Transport, forget: () => void) {
    this.id = ends.local;
    this.#remote = ends.remote;
    this.#sendWindow = ends.sendWindow;
    this.#maxPacket = Math.max(1, Math.min(ends.maxPacket, maxPacketBytes));
    this.#transport = transport;
    this.#forget = forget;
  }

  /** Aborted as soon as the peer has closed the channel, or the connection is over. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** The peer has ended its side without a single byte of data. */
  get endedEmpty(): boolean {
    return this.#gotEof && !this.#gotData;
  }

  /** Requests go there as they arrive, past the data that waits; else they keep their place. */
  takeRequests(handler: (request: ChannelRequest) => void): void {
    this.#onRequest = handler;
  }

  /** Is shown all data as it arrives, which then waits as ever. */
  watchData(watcher: ((bytes: Buffer) => void) | null): void {
    this.#onData = watcher;
  }

  /** What has arrived first; null when there is nothing. The last is always a close. */
  take(): Inbound | null {
    const item = this.#inbound.take();
    if (item?.kind === 'request') this.#waitingRequestBytes -= costOf(item.request.fields);
    return item;
  }

  /** The same, when there is something. One reader at a time. */
  next(): Eventual<Inbound> {
    return this.take() ?? this.arrival().then(() => this.next());
  }

  /** Resolves when something waits to be taken. */
  arrival(): Promise<void> {
    if (!this.#inbound.empty) return Promise.resolve();
    return new Promise((resolve) => {
      const before = this.#arrived;
      this.#arrived = () => {
        before?.();
        resolve();
      };
    });
  }

  /** So many bytes of data that arrived have been passed on. */
  credit(bytes: number): void {
    this.#uncredited += bytes;
    if (this.#uncredited < windowBytes / 4 || this.#sentClose || this.#gotEof) return;
    this.#receiveWindow += this.#uncredited;
    this.#transport.send(encodeWindowAdjust(this.#remote, this.#uncredited));
    this.#uncredited = 0;
  }

  /**
   * Sends as the peer's window and the connection let it. False when it cannot be sent any more:
   * the channel is closed, or its end has been sent.
   */
  send(stream: number, bytes: Buffer): Eventual<boolean> {
    let rest = bytes;
    while (rest.length > 0) {
      if (!this.#canSend) return false;
      if (this.#transport.congested)
        return this.#later(this.#transport.uncongested(), stream, rest);
      const length = Math.min(rest.length, this.#sendWindow, this.#maxPacket);
      if (length === 0) return this.#later(this.#windowOpen(), stream, rest);
      this.#sendWindow -= length;
      const part = rest.subarray(0, length);
      this.#transport.send(encodeDataHead(this.#remote, stream, length), part);
      rest = rest.subarray(length);
    }
    return this.#canSend;
  }

  eof(): void {
    if (!this.#canSend) return;
    this.#sentEof = true;
    this.#transport.send(encodeEof(this.#remote));
  }

  /** Also sent behind an end of data, or a close of the peer's, as exit-status is. */
  tell(type: string, fields: Buffer): void {
    this.#request({ type, fields, wantReply: false });
  }

  /** Resolves with the peer's answer; false when the channel is gone before that. */
  ask(type: string, fields: Buffer): Promise<boolean> {
    if (this.#sentClose || this.gone.aborted || this.#replies.length >= maxAwaitedReplies) {
      return Promise.resolve(false);
    }
    return new Promise((resolve) => {
      this.#replies.push(resolve);
      this.#request({ type, fields, wantReply: true });
    });
  }

  close(): void {
    if (this.#sentClose) return;
    this.#sentClose = true;
    this.#transport.send(encodeClose(this.#remote));
    this.#wakeSenders();
    if (this.#gotClose) this.#forget();
  }

  // From here on: what the connection tells the channel.

  adjusted(bytes: number): void {
    this.#sendWindow = Math.min(this.#sendWindow + bytes, maxWindow);
    this.#wakeSenders();
  }

  received(stream: number, bytes: Buffer): void {
    if (this.#gotEof || this.#gotClose) throw new WireFault('UNEXPECTED', 'data behind the end');
    if (bytes.length > this.#receiveWindow) {
      throw new WireFault('TOO_LONG', 'more data than the window lets in');
    }
    this.#receiveWindow -= bytes.length;
    if (this.#sentClose || bytes.length === 0) return;
    this.#gotData = true;
    this.#onData?.(bytes);
    this.#push({ kind: 'data', stream, bytes });
  }

  requested(type: string, wantReply: boolean, fields: Buffer): void {
    const request = this.#incoming(type, wantReply, fields);
    if (this.#onRequest !== null) {
      this.#onRequest(request);
      return;
    }
    this.#waitingRequestBytes += costOf(fields);
    if (this.#waitingRequestBytes > maxWaitingRequestBytes) {
      throw new WireFault('TOO_LONG', 'more requests than anybody reads');
    }
    this.#push({ kind: 'request', request });
  }

  replied(ok: boolean): void {
    const settle = this.#replies.shift();
    if (settle === undefined) throw new WireFault('UNEXPECTED', 'a reply that nobody asked for');
    settle(ok);
  }

  receivedEof(): void {
    if (this.#gotEof || this.#gotClose) return;
    this.#gotEof = true;
    this.#push({ kind: 'eof' });
  }

  /**
   * Answered by whoever has the channel, with `close`: OpenSSH's client closes as soon as the
   * output has ended, and still takes the exit status that comes behind.
   */
  receivedClose(): void {
    if (this.#gotClose) throw new WireFault('UNEXPECTED', 'a channel is closed twice');
    this.#gotClose = true;
    this.#lost();
    if (this.#sentClose) this.#forget();
  }

  /** The whole connection is over. */
  disconnected(): void {
    if (!this.#gotClose) this.#lost();
  }

  get #canSend(): boolean {
    return !(this.#sentEof || this.#sentClose || this.gone.aborted);
  }

  #lost(): void {
    this.#push({ kind: 'close' });
    for (const settle of this.#replies.splice(0)) settle(false);
    this.#gone.abort();
    this.#wakeSenders();
  }

  #push(item: Inbound): void {
    this.#inbound.push(item);
    const arrived = this.#arrived;
    this.#arrived = null;
    arrived?.();
  }

  #later(wait: Promise<void>, stream: number, rest: Buffer): Promise<boolean> {
    return wait.then(() => this.send(stream, rest));
  }

  #windowOpen(): Promise<void> {
    return new Promise((resolve) => {
      this.#windowOpened.push(resolve);
    });
  }

  #wakeSenders(): void {
    const waiting = this.#windowOpened;
    this.#windowOpened = [];
    for (const wake of waiting) wake();
  }

  #request(request: ChannelRequestFields): void {
    if (this.#sentClose) return;
    this.#transport.send(encodeChannelRequest(this.#remote, request));
  }

  #incoming(type: string, wantReply: boolean, fields: Buffer): ChannelRequest {
    let owed = wantReply;
    return {
      type,
      fields,
      wantReply,
      reply: (ok) => {
        if (!owed || this.#sentClose) return;
        owed = false;
        this.#transport.send(encodeChannelReply(this.#remote, ok));
      },
    };
  }
}

function costOf(fields: Buffer): number {
  return fields.length + 1024;
}

/** Passes data on and gives its sender room again once it is sent. False: it cannot be sent. */
export function pass(from: Channel, to: Channel, stream: number, bytes: Buffer): Eventual<boolean> {
  return andThen(to.send(stream, bytes), (sent) => {
    from.credit(bytes.length);
    return sent;
  });
}

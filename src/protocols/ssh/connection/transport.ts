import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { StreamClosedError } from '../../../net/stream-closed-error.ts';
import { encodeDisconnect } from '../wire/connection/encode.ts';
import { messageNumber } from '../wire/connection/messages.ts';
import { GcmPackets } from './gcm-packet.ts';
import {
  protocolOf,
  type Ssh2Cipher,
  type Ssh2Protocol,
  takesGcmPackets,
} from './ssh2-protocol.ts';

export interface RekeyLimits {
  readonly rekeyBytes: number;
  readonly rekeyMs: number;
}

/** What a peer that never reads can make us keep of answers and messages of our own. */
const maxUnreadBytes = 4 * 1024 * 1024;
const maxUnreadPackets = 20_000;
/** What may wait for the stream at a time, so that many packets leave in one write. */
const aheadBytes = 256 * 1024;
/** Behind a packet of this size more of them seldom fail to come. */
const largeBytes = 16 * 1024;
const farewellMs = 1_000;
const nothing = Buffer.alloc(0);

/**
 * One SSH connection below its channels: encrypted, authenticated packets, in order. Made before
 * the login, it leaves that to ssh2 and takes the connection protocol's messages behind it.
 */
export class Transport {
  readonly #stream: Duplex;
  readonly #protocol: Ssh2Protocol;
  readonly #limits: RekeyLimits;
  readonly #over = new AbortController();
  #handler: (payload: Buffer) => void = () => {};
  #bytes = 0;
  #keysSince = Date.now();
  #corked = false;
  #cipher: Ssh2Cipher | null = null;
  #packets: GcmPackets | null = null;
  #clear: { readonly promise: Promise<void>; readonly resolve: () => void } | null = null;
  #failure: Error | null = null;

  /** `peer` is ssh2's Client or the server's connection, `stream` what it talks over. */
  constructor(peer: EventEmitter, stream: Duplex, limits: RekeyLimits) {
    this.#stream = stream;
    this.#limits = limits;
    this.#protocol = protocolOf(peer);
    this.#interpose();
    peer.on('error', (error: Error) => {
      this.#failure ??= error;
    });
    peer.on('handshake', () => this.#newKeys());
    stream.on('drain', () => this.#cleared());
    stream.on('close', () => this.#ended());
    peer.on('close', () => this.#ended());
    peer.on('end', () => this.#ended());
  }

  /** Aborted once nothing can be sent or will arrive any more. */
  get closed(): AbortSignal {
    return this.#over.signal;
  }

  /** What broke it, where anything did. */
  get failure(): Error | null {
    return this.#failure;
  }

  /** Messages of the connection protocol go there, in order; what it throws ends the connection. */
  handle(handler: (payload: Buffer) => void): void {
    this.#handler = handler;
  }

  /** One message, in up to two parts. Does nothing once the connection is over. */
  send(head: Buffer, body: Buffer = nothing): void {
    if (this.closed.aborted) return;
    const { write } = this.#protocol._packetRW;
    const start = write.allocStart;
    const packet = this.#alloc(head.length + body.length);
    packet.set(head, start);
    if (body.length > 0) packet.set(body, start + head.length);
    this.#cork(body.length);
    this.#attempt(() => {
      const final = write.finalize(packet);
      if (this.#protocol._kexinit === undefined) this.#protocol._cipher.encrypt(final);
      else this.#enqueue(final);
    });
    if (this.#stream.writableLength > maxUnreadBytes) this.fail('the peer does not read');
    this.#count(body.length);
  }

  /** The peer reads slower than we write, or keys are being exchanged: wait with more data. */
  get congested(): boolean {
    const { writableNeedDrain, writableLength } = this.#stream;
    return (
      (writableNeedDrain && writableLength >= aheadBytes) || this.#protocol._kexinit !== undefined
    );
  }

  /** Resolves when it is no longer congested, or over. */
  uncongested(): Promise<void> {
    if (!this.congested || this.closed.aborted) return Promise.resolve();
    if (this.#clear === null) {
      let resolve = () => {};
      const promise = new Promise<void>((settle) => {
        resolve = settle;
      });
      this.#clear = { promise, resolve };
    }
    return this.#clear.promise;
  }

  /**
   * Says why (RFC 4253, section 11.1) and hangs up. Resolves when the stream is closed, which a
   * peer that does not listen delays by a second at most.
   */
  disconnect(reason: number, description: string): Promise<void> {
    if (this.closed.aborted) return Promise.resolve();
    const message = encodeDisconnect(reason, description);
    this.#attempt(() => {
      const { write } = this.#protocol._packetRW;
      const packet = write.alloc(message.length, true);
      packet.set(message, write.allocStartKEX);
      this.#protocol._cipher.encrypt(write.finalize(packet, true));
    });
    return this.#hangUp();
  }

  /** For a peer that cannot be talked to. */
  fail(message: string, cause?: unknown): void {
    this.#failure ??= new Error(message, { cause });
    this.#stream.destroy();
    this.#ended();
  }

  #interpose(): void {
    const protocol = this.#protocol;
    const others = protocol._onPayload;
    protocol._onPayload = (payload) => {
      const number = payload[0];
      if (number === undefined || number < messageNumber.globalRequest) return others(payload);
      protocol._onPacket();
      this.#take(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength));
      return undefined;
    };
  }

  #take(payload: Buffer): void {
    if (this.closed.aborted) return;
    try {
      if (!this.#protocol._authenticated) throw new Error('a message came before the login');
      this.#handler(payload);
      this.#count(payload.length);
    } catch (error) {
      this.fail('the peer broke the protocol', error);
    }
  }

  /** While keys are exchanged, ssh2 takes bare payloads. */
  #alloc(payloadBytes: number): Uint8Array {
    const { _cipher: cipher, _kexinit: exchange, _packetRW: packets } = this.#protocol;
    if (this.#cipher !== cipher) {
      this.#cipher = cipher;
      this.#packets = takesGcmPackets(this.#protocol) ? new GcmPackets() : null;
    }
    if (this.#packets === null || exchange !== undefined) return packets.write.alloc(payloadBytes);
    return this.#packets.alloc(payloadBytes);
  }

  #enqueue(packet: Uint8Array): void {
    const queue = this.#protocol._queue ?? [];
    this.#protocol._queue = queue;
    queue.push(packet);
    if (queue.length > maxUnreadPackets) this.fail('the peer does not finish the key exchange');
  }

  #count(bytes: number): void {
    if (this.closed.aborted) return;
    this.#bytes += bytes;
    const { rekeyBytes, rekeyMs } = this.#limits;
    if (this.#bytes < rekeyBytes && Date.now() - this.#keysSince < rekeyMs) return;
    this.#newKeys();
    this.#attempt(() => this.#protocol.rekey());
  }

  #newKeys(): void {
    this.#bytes = 0;
    this.#keysSince = Date.now();
    // ssh2 tells before it takes the next packet, and after it has sent what waited.
    this.#cleared();
  }

  /** What is sent in one turn leaves in one write; what large packets follow, in that of a loop. */
  #cork(bodyBytes: number): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#stream.cork();
    const uncork = () => {
      this.#corked = false;
      this.#stream.uncork();
    };
    if (bodyBytes < largeBytes) process.nextTick(uncork);
    else setImmediate(uncork);
  }

  /** ssh2 throws where the connection has ended meanwhile. */
  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.fail('the connection has ended', error);
    }
  }

  #hangUp(): Promise<void> {
    const stream = this.#stream;
    this.#ended();
    if (stream.destroyed) return Promise.resolve();
    stream.end();
    return new Promise((resolve) => {
      const late = setTimeout(() => stream.destroy(), farewellMs);
      stream.once('close', () => {
        clearTimeout(late);
        resolve();
      });
    });
  }

  #cleared(): void {
    const waiting = this.#clear;
    this.#clear = null;
    waiting?.resolve();
  }

  #ended(): void {
    if (this.closed.aborted) return;
    const cause = this.#failure ?? this.#stream.errored ?? undefined;
    this.#over.abort(new StreamClosedError('the connection has ended', { cause }));
    this.#cleared();
  }
}

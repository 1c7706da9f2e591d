import type { Duplex, Readable, Writable } from 'node:stream';
import type { HeaderList } from './wire/header-list.ts';

export interface ResponseHead {
  readonly status: number;
  /** The reason phrase; HTTP/2 has none. */
  readonly message: string;
  readonly headers: HeaderList;
}

/** One request of a client and its answer, whatever version of HTTP it speaks. */
export interface ClientExchange {
  readonly method: string;
  /** As the client wrote it. */
  readonly rawTarget: string;
  /** With Host, also where HTTP/2 has `:authority`. */
  readonly headers: HeaderList;
  readonly body: Readable;
  /** The body ends with the stream: HTTP/2. Else headers say. */
  readonly openEnded: boolean;
  readonly expectsContinue: boolean;
  /**
   * Whether the client sees that an answer without a length breaks off. HTTP/1.0 takes that for
   * its end.
   */
  readonly tellsEnd: boolean;
  /**
   * Hands over the connection once an upgrade is agreed to, with what the client sent ahead.
   * Nobody answers over it from then on. Null where there can be no upgrade.
   */
  readonly takeOver: (() => { readonly stream: Duplex; readonly head: Buffer }) | null;
  /** Aborted when the client has left before it had its answer. */
  readonly gone: AbortSignal;
  /** Complete once the body has ended. */
  trailers(): HeaderList;
  /** 1xx; `100` once, and only for a client that expects it. */
  inform(status: number, headers: HeaderList): void;
  /** Begins the answer. What is written to the stream is its body; to be ended by the caller. */
  respond(head: ResponseHead): Writable;
  /** Sends the head of the answer now, for a body that is yet to come. */
  flushHead(): void;
  /** To be called before the answer's stream is ended. */
  addTrailers(trailers: HeaderList): void;
  /** Breaks the answer off so that nobody takes it for complete. */
  abort(): void;
  /** The connection is not to be used again after this answer. */
  closeAfter(): void;
}

import { Duplex } from 'node:stream';
import type { Channel } from './channel.ts';
import type { ChannelRequest } from './channel-request.ts';

export interface ChannelStreamOptions {
  /** Standard error of a server's channel; without this it is dropped. */
  readonly onStderr?: (bytes: Buffer) => void;
  /** Requests in their place between the data; without this they are refused. */
  readonly onRequest?: (request: ChannelRequest) => void;
}

/** A channel's data as a stream, for what works on streams; the stream is its only reader. */
export class ChannelStream extends Duplex {
  readonly #channel: Channel;
  readonly #options: ChannelStreamOptions;
  #reading = false;

  constructor(channel: Channel, options: ChannelStreamOptions = {}) {
    super({ allowHalfOpen: true });
    this.#channel = channel;
    this.#options = options;
  }

  override _read(): void {
    if (this.#reading) return;
    this.#reading = true;
    this.#start();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    void (async () => {
      const sent = await this.#channel.send(0, chunk);
      done(sent ? undefined : new Error('the channel is closed'));
    })();
  }

  override _final(done: () => void): void {
    this.#channel.eof();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#channel.close();
    done(error);
  }

  #start(): void {
    this.#readOn().catch((error: unknown) => {
      this.destroy(error instanceof Error ? error : new Error('the stream failed'));
    });
  }

  async #readOn(): Promise<void> {
    for (;;) {
      const item = await this.#channel.next();
      if (item.kind === 'request') {
        this.#request(item.request);
        continue;
      }
      if (item.kind !== 'data') return this.#end(item.kind);
      this.#channel.credit(item.bytes.length);
      if (item.stream !== 0) this.#options.onStderr?.(item.bytes);
      else if (!this.push(item.bytes)) break;
    }
    this.#reading = false;
  }

  /** Behind the end of the data only requests and the close can come. */
  #end(kind: 'eof' | 'close'): void {
    if (!this.readableEnded) this.push(null);
    if (kind === 'close') {
      this.destroy();
      return;
    }
    this.#start();
  }

  #request(request: ChannelRequest): void {
    if (this.#options.onRequest === undefined) request.reply(false);
    else this.#options.onRequest(request);
  }
}

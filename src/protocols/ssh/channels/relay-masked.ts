import type { OutcomeSink } from '../../../core/gate.ts';
import type { TextMasker } from '../../../core/masking.ts';
import { TimedMasker } from '../../../net/timed-masker.ts';
import type { Channel } from '../connection/channel.ts';
import type { ChannelRequest } from '../connection/channel-request.ts';
import type { Inbound } from '../connection/inbound.ts';
import { type Ending, endingOf, told } from './ending.ts';

const maxStreams = 8;

interface MaskedRelayParts {
  readonly sink: OutcomeSink;
  readonly masker: TextMasker;
}

/** As `relayCommand` passes output on, each of its streams masked by itself. */
export async function relayMasked(
  client: Channel,
  server: Channel,
  parts: MaskedRelayParts,
): Promise<Ending> {
  return new MaskedRelay(client, server, parts).run();
}

class MaskedRelay {
  readonly #client: Channel;
  readonly #server: Channel;
  readonly #parts: MaskedRelayParts;
  readonly #streams = new Map<number, TimedMasker>();
  /** Comes behind the output that is held back. */
  #exit: ChannelRequest | null = null;
  #ending: Ending = { kind: 'untold' };

  constructor(client: Channel, server: Channel, parts: MaskedRelayParts) {
    this.#client = client;
    this.#server = server;
    this.#parts = parts;
  }

  async run(): Promise<Ending> {
    for (;;) {
      const item = await this.#next();
      switch (item.kind) {
        case 'data':
          await this.#write(item.stream, item.bytes);
          break;
        case 'request':
          item.request.reply(false);
          if (this.#exit !== null || this.#ending.kind !== 'untold') break;
          if (endingOf(item.request) === null) {
            this.#server.close();
            return this.#ending;
          }
          this.#exit = item.request;
          break;
        case 'eof':
          await this.#finish();
          this.#client.eof();
          break;
        case 'close':
          await this.#finish();
          return this.#ending;
        default:
          item satisfies never;
      }
      if (this.#dueIn() === null) await this.#tellExit();
    }
  }

  /** What comes next; meanwhile what is held back for too long leaves. */
  async #next(): Promise<Inbound> {
    for (;;) {
      await this.#releaseDue();
      const item = this.#server.take();
      if (item !== null) return item;
      const due = this.#dueIn();
      if (due === null) {
        await this.#tellExit();
        return this.#server.next();
      }
      await this.#arrivalWithin(due);
    }
  }

  async #arrivalWithin(milliseconds: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const time = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, milliseconds);
    });
    await Promise.race([time, this.#server.arrival()]);
    clearTimeout(timer);
  }

  #dueIn(): number | null {
    const all = [...this.#streams.values()].map(({ dueIn }) => dueIn);
    const held = all.filter((due) => due !== null);
    return held.length === 0 ? null : Math.min(...held);
  }

  async #write(stream: number, bytes: Buffer): Promise<void> {
    const known = this.#streams.get(stream);
    // RFC 4254 knows two; one that a server makes up is kept back rather than kept count of.
    if (known === undefined && this.#streams.size >= maxStreams) return;
    const masker = known ?? new TimedMasker(this.#parts.masker.stream());
    if (known === undefined) this.#streams.set(stream, masker);
    await this.#client.send(stream, masker.write(bytes));
    // What is held is bounded: the server may send more.
    this.#server.credit(bytes.length);
  }

  async #releaseDue(): Promise<void> {
    for (const [stream, masker] of this.#streams) {
      if (masker.dueIn === 0) await this.#client.send(stream, masker.release());
    }
  }

  async #finish(): Promise<void> {
    for (const [stream, masker] of this.#streams) {
      await this.#client.send(stream, masker.end());
    }
    this.#streams.clear();
    await this.#tellExit();
  }

  async #tellExit(): Promise<void> {
    if (this.#exit === null) return;
    const exit = this.#exit;
    this.#exit = null;
    this.#ending = await told(this.#client, exit, this.#parts.sink);
  }
}

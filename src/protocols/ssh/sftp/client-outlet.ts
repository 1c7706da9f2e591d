import type { Writable } from 'node:stream';
import { writeAll } from '../../../net/write-all.ts';
import { Condition } from './condition.ts';

/**
 * The way to the client. What the server said goes through in the order it came; what the
 * gateway says itself is put in only between two packets.
 */
export class ClientOutlet {
  readonly #client: Writable;
  readonly #stop: AbortSignal;
  readonly #boundary: Condition;
  #insidePacket = false;

  constructor(client: Writable, stop: AbortSignal) {
    this.#client = client;
    this.#stop = stop;
    this.#boundary = new Condition(stop);
  }

  /** Passes the server's bytes on; `ends` says whether a packet ends with them. */
  async pass(bytes: Buffer, ends: boolean): Promise<void> {
    this.#insidePacket = !ends;
    const written = writeAll(this.#client, bytes, this.#stop);
    if (ends) this.#boundary.changed();
    await written;
  }

  /** Says something of our own, as soon as no packet of the server is halfway. */
  async say(packet: Buffer): Promise<void> {
    if (this.#insidePacket) await this.#boundary.until(() => !this.#insidePacket);
    await writeAll(this.#client, packet, this.#stop);
  }
}

import { decodeReply, type Reply } from '../wire/decode-reply.ts';
import { decodeVersion } from '../wire/greeting.ts';
import type { PacketFrame } from '../wire/packet-framer.ts';
import { replyType, sftpVersion } from '../wire/packet-types.ts';
import { dataHeadBytes, decodeDataHead } from '../wire/reply/data.ts';
import { replaceRequestId, requestIdOf } from '../wire/request-id.ts';
import { WireFault } from '../wire/wire-fault.ts';
import type { ClientOutlet } from './client-outlet.ts';
import { Condition } from './condition.ts';
import type { FileContents } from './file-contents.ts';
import type { AwaitedReply, UpstreamRequests } from './upstream-requests.ts';

/** Checks what the server answers and passes it to the client, unless the gateway had asked. */
export class ServerSide {
  readonly #requests: UpstreamRequests;
  readonly #outlet: ClientOutlet;
  readonly #greeted: Condition;
  /** Where the contents of the DATA that has begun belong. */
  #reading: FileContents | null = null;
  #greeting: 'early' | 'awaited' | 'done' = 'early';

  constructor(requests: UpstreamRequests, outlet: ClientOutlet, stop: AbortSignal) {
    this.#requests = requests;
    this.#outlet = outlet;
    this.#greeted = new Condition(stop);
  }

  /** To be called as INIT leaves; resolves when the client has been given VERSION. */
  async greeting(): Promise<void> {
    this.#greeting = 'awaited';
    await this.#greeted.until(() => this.#greeting === 'done');
  }

  /** Throws WireFault. */
  async take(frame: PacketFrame): Promise<void> {
    switch (frame.kind) {
      case 'piece':
        this.#reading?.takes(frame.bytes);
        return this.#outlet.pass(frame.bytes, frame.ends);
      case 'head': {
        const { length } = decodeDataHead(frame.raw);
        return this.#reply({ type: replyType.data, length }, frame.raw, frame.ends);
      }
      case 'packet':
        if (this.#greeting !== 'done') return this.#version(frame.raw);
        return this.#reply(decodeReply(frame.raw), frame.raw, true);
      default:
        return frame satisfies never;
    }
  }

  /** Extensions stay as they are announced: not each is a request, and those are answered here. */
  async #version(raw: Buffer): Promise<void> {
    if (this.#greeting !== 'awaited') throw new WireFault('UNEXPECTED', 'reply before a request');
    const { version } = decodeVersion(raw);
    if (version !== sftpVersion) {
      throw new WireFault('BAD_VERSION', `the server speaks version ${version}, not 3`);
    }
    await this.#outlet.pass(raw, true);
    this.#greeting = 'done';
    this.#greeted.changed();
  }

  async #reply(reply: Reply, raw: Buffer, ends: boolean): Promise<void> {
    const awaited = this.#requests.take(requestIdOf(raw), reply.type);
    await awaited.answered(reply);
    this.#reading = reply.type === replyType.data ? begun(awaited, raw) : null;
    this.#requests.done(awaited);
    if (awaited.clientId === null) return;
    replaceRequestId(raw, awaited.clientId);
    await this.#outlet.pass(raw, ends);
  }
}

function begun({ contents }: AwaitedReply, raw: Buffer): FileContents | null {
  contents?.file.begins(contents.offset);
  contents?.file.takes(raw.subarray(dataHeadBytes));
  return contents?.file ?? null;
}

import type { Duplex } from 'node:stream';
import { readChunks } from '../../../net/read-chunks.ts';
import { StreamClosedError } from '../../../net/stream-closed-error.ts';
import { decodeInit, encodeInit } from '../wire/greeting.ts';
import { createReplyFramer, createRequestFramer } from '../wire/packet-framer.ts';
import { requestType, sftpVersion } from '../wire/packet-types.ts';
import { WireFault } from '../wire/wire-fault.ts';
import { ClientOutlet } from './client-outlet.ts';
import { ClientSide } from './client-side.ts';
import type { FileAction, FileClearance } from './file-action.ts';
import { HandleTable } from './handle-table.ts';
import { defaultLimits, type SftpLimits } from './limits.ts';
import type { Transferred } from './open-file.ts';
import { PacketInbox } from './packet-inbox.ts';
import { PathResolver } from './path-resolver.ts';
import { ServerSide } from './server-side.ts';
import { UpstreamRequests } from './upstream-requests.ts';

export { WireFault } from '../wire/wire-fault.ts';
export type { FileAction, FileClearance, FileKind, FileOutcome } from './file-action.ts';
export type { SftpLimits } from './limits.ts';

export interface SftpParts {
  /** Raw channel data; both ends are ended by the caller, afterwards. */
  readonly client: Duplex;
  readonly upstream: Duplex;
  readonly decide: (action: FileAction) => Promise<FileClearance>;
  /** Told of each file whose contents went through, before that is settled. */
  readonly transferred?: Transferred;
  /** Aborted: stop. */
  readonly signal: AbortSignal;
  readonly limits?: Partial<SftpLimits>;
}

/**
 * Relays SFTP, version 3 (draft-ietf-secsh-filexfer-02), until either side ends. Each operation
 * on a file leaves only when `decide` has cleared it, and each clearance is settled once, before
 * this returns; a clearance that comes after that is settled as failed.
 *
 * A client that has ended its side gets the answers it still awaits, and nothing is decided for
 * it any more. Throws WireFault for what breaks the protocol, the signal's reason when aborted,
 * and what `decide` or `settle` throw.
 */
export async function relaySftp(parts: SftpParts): Promise<void> {
  await new SftpRelay(parts).run();
}

class SftpRelay {
  readonly #parts: SftpParts;
  readonly #limits: SftpLimits;
  readonly #over = new AbortController();
  readonly #inbox: PacketInbox;
  readonly #outlet: ClientOutlet;
  readonly #requests: UpstreamRequests;
  readonly #server: ServerSide;
  readonly #handles = new HandleTable();

  constructor(parts: SftpParts) {
    const stop = this.#over.signal;
    this.#parts = parts;
    this.#limits = { ...defaultLimits, ...parts.limits };
    this.#inbox = new PacketInbox(this.#limits.maxAheadBytes, stop);
    this.#outlet = new ClientOutlet(parts.client, stop);
    this.#requests = new UpstreamRequests(parts.upstream, this.#limits.maxOutstanding, stop);
    this.#server = new ServerSide(this.#requests, this.#outlet, stop);
  }

  async run(): Promise<void> {
    const { client, signal } = this.#parts;
    const stopped = () => this.#over.abort(signal.reason);
    const closed = () => this.#over.abort(new StreamClosedError('the client left'));
    signal.throwIfAborted();
    signal.addEventListener('abort', stopped, { once: true });
    client.once('close', closed);
    try {
      await this.#relay();
    } catch (error) {
      if (!(error instanceof StreamClosedError) || signal.aborted) throw error;
    } finally {
      signal.removeEventListener('abort', stopped);
      client.off('close', closed);
    }
  }

  async #relay(): Promise<void> {
    const reading = this.#inbox.read(this.#parts.client, this.#requestFramer());
    const ways = [this.#fromClient(), this.#fromServer()];
    try {
      await Promise.race(ways);
    } finally {
      this.#over.abort(new StreamClosedError('the relay is over'));
      await this.#requests.abandon();
      await Promise.allSettled([reading, ...ways]);
      await this.#handles.abandon();
    }
  }

  /** Returns when the client is done and has got all its answers. */
  async #fromClient(): Promise<void> {
    if (!(await this.#greet())) return;
    const side = new ClientSide({
      decide: this.#parts.decide,
      transferred: this.#parts.transferred ?? (() => {}),
      requests: this.#requests,
      resolver: await PathResolver.create(this.#requests),
      left: AbortSignal.any([this.#over.signal, this.#inbox.gone]),
      outlet: this.#outlet,
      handles: this.#handles,
      ...this.#limits,
    });
    for (;;) {
      const frame = await this.#inbox.next();
      if (frame === null) break;
      await side.take(frame);
    }
    await this.#requests.allAnswered();
  }

  /**
   * The server is sent an INIT of the gateway's own: whatever newer version a client would
   * like, 3 is what both get. False when the client left before.
   */
  async #greet(): Promise<boolean> {
    const frame = await this.#inbox.next();
    if (frame === null) return false;
    if (frame.kind !== 'packet' || frame.type !== requestType.init) {
      throw new WireFault('UNEXPECTED', 'the client does not begin with INIT');
    }
    const { version } = decodeInit(frame.raw);
    if (version < sftpVersion) {
      throw new WireFault('BAD_VERSION', `the client speaks version ${version}, not 3`);
    }
    const greeted = this.#server.greeting();
    await this.#requests.pass(encodeInit({ version: sftpVersion, extensions: [] }));
    await greeted;
    return true;
  }

  async #fromServer(): Promise<void> {
    const framer = createReplyFramer({
      maxPacketBytes: this.#limits.maxPacketBytes,
      maxWholeBytes: this.#limits.maxPacketBytes,
    });
    for await (const chunk of readChunks(this.#parts.upstream, this.#over.signal)) {
      for (const frame of framer.push(chunk)) await this.#server.take(frame);
    }
  }

  #requestFramer() {
    return createRequestFramer({
      maxPacketBytes: this.#limits.maxPacketBytes,
      maxWholeBytes: this.#limits.maxRequestBytes,
    });
  }
}

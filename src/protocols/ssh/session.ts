import { type Refusal, RefusedError } from '../../core/refusal.ts';
import type { SessionGrant } from '../adapter.ts';
import { SessionChannel } from './channels/session-channel.ts';
import type { ChannelOpen, Connection } from './connection/connection.ts';
import { ExecReadings } from './exec-readings.ts';
import { refusalText } from './faults.ts';
import { Forwardings } from './forwarding/forwardings.ts';
import { Lendings } from './lending/lendings.ts';
import type { SshLimits } from './limits.ts';
import type { SessionContext } from './session-context.ts';
import {
  aborted,
  after,
  isOurs,
  refusalOfEnd,
  serverGone,
  soon,
  whenAborted,
} from './session-end.ts';
import type { SshTarget } from './target.ts';
import type { UpstreamConnection } from './upstream.ts';
import { disconnectReason, openFailureReason } from './wire/connection/messages.ts';

export interface SessionParts {
  readonly client: Connection;
  readonly upstream: UpstreamConnection;
  readonly grant: SessionGrant<SshTarget>;
  readonly limits: SshLimits;
  readonly quiet: boolean;
}

const leaveMs = 300;

/** One client in one connection, from its login on: any number of channels. */
export class SshSession {
  readonly #parts: SessionParts;
  readonly #over = new AbortController();
  readonly #context: SessionContext;
  readonly #channels = new Set<SessionChannel>();
  readonly #forwardings: Forwardings;
  #running = 0;
  #asked = false;
  #failure: { readonly error: unknown } | null = null;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#context = this.#newContext();
    this.#forwardings = new Forwardings(parts.client, this.#context);
  }

  /** Serves the client until either side is done. Throws only for a fault of our own. */
  async run(): Promise<void> {
    const { client, upstream, grant } = this.#parts;
    client.serve({
      opening: (open) => this.#opening(open),
      asking: (request) => this.#forwardings.asking(request),
    });
    whenAborted(grant.signal, (reason) => this.#over.abort(reason));
    whenAborted(client.closed, (reason) => this.#over.abort(reason));
    whenAborted(upstream.connection.closed, () => this.#over.abort(new RefusedError(serverGone)));
    whenAborted(grant.draining, () => this.#drain());
    await aborted(this.#over.signal);
    await this.#farewell();
    if (this.#failure !== null) throw this.#failure.error;
  }

  async #farewell(): Promise<void> {
    const { client, upstream } = this.#parts;
    const refusal = refusalOfEnd(this.#over.signal.reason);
    const channels = [...this.#channels];
    await soon(Promise.all(channels.map((channel) => channel.end(refusal))));
    // OpenSSH leaves by itself behind its last channel, with that one's exit status.
    if (channels.length > 0) await Promise.race([aborted(client.closed), after(leaveMs)]);
    await Promise.all([
      upstream.connection.transport.disconnect(disconnectReason.byApplication, 'done'),
      client.transport.disconnect(disconnectReason.byApplication, refusalText(refusal)),
    ]);
    await soon(Promise.all(channels.map((channel) => channel.settled)));
  }

  #newContext(): SessionContext {
    const { client, grant, upstream, limits, quiet } = this.#parts;
    return {
      ...{ grant, upstream, limits, quiet },
      readings: new ExecReadings(),
      lendings: new Lendings(client, limits.maxLentChannels, this.#over.signal),
      over: this.#over.signal,
      first: () => {
        const first = !this.#asked;
        this.#asked = true;
        return first;
      },
      running: () => this.#starts(),
      track: (work) => this.#track(work),
      announce: (request) => {
        const [channel] = this.#channels;
        channel?.announce(request);
      },
    };
  }

  #starts(): () => void {
    this.#running += 1;
    return () => {
      this.#running -= 1;
      this.#drain();
    };
  }

  async #track(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (isOurs(error)) this.#failure ??= { error };
      this.#over.abort(error);
    }
  }

  /** The gateway is stopping: ends where nothing runs. */
  #drain(): void {
    const { draining } = this.#parts.grant;
    if (draining.aborted && this.#running === 0) this.#over.abort(draining.reason);
  }

  #opening(open: ChannelOpen): void {
    const refusal = this.#noMore();
    if (refusal !== null) open.refuse(openFailureReason.resourceShortage, refusalText(refusal));
    else if (open.type === 'session') this.#openSession(open);
    else this.#forwardings.opening(open);
  }

  #openSession(open: ChannelOpen): void {
    const served = new SessionChannel(open.accept(), this.#context, () => {
      this.#channels.delete(served);
    });
    this.#channels.add(served);
  }

  #noMore(): Refusal | null {
    const { grant, limits } = this.#parts;
    if (grant.draining.aborted) return refusalOfEnd(grant.draining.reason);
    if (this.#channels.size + this.#forwardings.size < limits.maxChannels) return null;
    const message = `more than ${limits.maxChannels} channels are open in this connection`;
    return { code: 'LIMIT_EXCEEDED', message };
  }
}

import type { Duplex } from 'node:stream';
import { type Refusal, RefusedError } from '../../core/refusal.ts';
import { writeAll } from '../../net/write-all.ts';
import type { SessionGrant } from '../adapter.ts';
import { CommandLoop } from './command-loop.ts';
import { errorResponseFor, heldNotice } from './faults.ts';
import { Holding } from './holding.ts';
import { Inbox } from './inbox.ts';
import { createServerNames, forgetAll, transactionEnded } from './names.ts';
import { Outlet } from './outlet.ts';
import { Planner } from './planner.ts';
import { ReplyTracker } from './replies.ts';
import { relayReplies } from './reply-loop.ts';
import { SessionState } from './session-state.ts';
import type { SqlParser } from './sql/parser.ts';
import type { PostgresTarget } from './target.ts';
import { Turnstile } from './turnstile.ts';
import type { UpstreamConnection } from './upstream.ts';
import { encodeTerminate } from './wire/frontend/bodiless.ts';
import { encodeCopyFail } from './wire/frontend/copy.ts';
import { createFrontendFramer, type FrontendFrame } from './wire/frontend-framer.ts';
import { frontendType } from './wire/frontend-types.ts';
import { WireError } from './wire/wire-error.ts';

export interface SessionLimits {
  /** One message of the client, before it is decided. */
  readonly maxMessageBytes: number;
  /** All messages of one segment, and what is read ahead while one is held. */
  readonly maxSegmentBytes: number;
  /** One message of the server's that the gateway must read whole. */
  readonly maxReplyBytes: number;
  /** Prepared statements and portals, each. */
  readonly maxNames: number;
  /** How long a statement that was sent may take to end once the session must. */
  readonly windDownMs: number;
}

export interface SessionParts {
  readonly client: Duplex;
  readonly upstream: UpstreamConnection;
  readonly grant: SessionGrant<PostgresTarget>;
  readonly parser: SqlParser;
  readonly database: string;
  /** Startup parameters as sent to the server, for the digest. */
  readonly startup: Readonly<Record<string, string>>;
  readonly limits: SessionLimits;
  /** Sends a CancelRequest for this session to the server. */
  readonly cancelAtServer: () => void;
}

/** One client in one connection, from ReadyForQuery on. */
export class PostgresSession {
  readonly #parts: SessionParts;
  readonly #over = new AbortController();
  readonly #tracker = new ReplyTracker();
  readonly #names = createServerNames();
  readonly #progress = new Turnstile();
  #repliesEnded = false;
  readonly #outlet: Outlet;
  readonly #inbox: Inbox;
  readonly #holding: Holding;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#outlet = new Outlet(parts.client);
    this.#inbox = new Inbox(parts.limits.maxSegmentBytes);
    this.#holding = new Holding(parts.grant.gate, this.#over.signal, (request, first) => {
      void this.#outlet.say(heldNotice(request, first));
    });
  }

  /** A CancelRequest of the same principal: ends the wait, or goes on to the server. */
  cancel(): void {
    if (!this.#holding.cancel() && this.#tracker.busy) this.#parts.cancelAtServer();
  }

  /** Serves the client until either side is done. Never throws. */
  async run(): Promise<void> {
    const { client, grant, limits } = this.#parts;
    const end = (reason: unknown) => this.#over.abort(reason);
    grant.signal.addEventListener('abort', () => end(grant.signal.reason), { once: true });
    if (grant.signal.aborted) end(grant.signal.reason);
    this.#inbox.gone.addEventListener('abort', () => end(this.#inbox.gone.reason), { once: true });
    this.#over.signal.addEventListener('abort', () => this.#interrupt(), { once: true });
    grant.draining.addEventListener('abort', () => this.#drain(), { once: true });
    const framer = createFrontendFramer({ maxMessageBytes: limits.maxMessageBytes });
    void this.#inbox.read(client, framer, isTerminate);
    const planner = this.#planner();
    const replies = this.#replies(planner);
    const refusal = await this.#commands(planner);
    if (refusal === null) client.destroy();
    else await soon(this.#outlet.say(errorResponseFor(refusal, 'FATAL')));
    await this.#windDown(refusal !== null);
    client.end();
    await soon(replies);
    client.destroy();
  }

  /** The gateway is stopping: ends where nothing runs and no transaction is open. */
  #drain(): void {
    const { draining } = this.#parts.grant;
    if (!draining.aborted) return;
    const resting = !this.#tracker.busy && this.#tracker.transaction === 'idle';
    if (resting || this.#holding.deciding) this.#over.abort(draining.reason);
  }

  #interrupt(): void {
    this.#inbox.interrupt(this.#over.signal.reason);
    this.#progress.notify();
  }

  #planner(): Planner {
    const { grant, parser, startup, database, limits } = this.#parts;
    const { gate, target } = grant;
    return new Planner({
      gate,
      parser,
      tracker: this.#tracker,
      names: this.#names,
      state: new SessionState(startup),
      trustedFunctions: target.trustedFunctions,
      database,
      upstreamUser: target.user,
      maxNames: limits.maxNames,
      decide: (operation) => this.#holding.decide(operation),
    });
  }

  /** Returns the reason that the client has to be told, or null when it left by itself. */
  async #commands(planner: Planner): Promise<Refusal | null> {
    const { upstream, limits } = this.#parts;
    const over = this.#over.signal;
    const loop = new CommandLoop({
      inbox: this.#inbox,
      server: upstream.stream,
      outlet: this.#outlet,
      tracker: this.#tracker,
      planner,
      progress: this.#progress,
      over,
      maxSegmentBytes: limits.maxSegmentBytes,
    });
    try {
      await loop.run();
      return null;
    } catch (error) {
      if (this.#inbox.gone.aborted && !(error instanceof RefusedError)) return null;
      return refusalOf(error);
    }
  }

  async #replies(planner: Planner): Promise<void> {
    const { upstream, limits } = this.#parts;
    try {
      await relayReplies(upstream.stream, upstream.leftover, {
        tracker: this.#tracker,
        outlet: this.#outlet,
        maxReplyBytes: limits.maxReplyBytes,
        ready: (status) => {
          if (planner.groupEnded()) forgetAll(this.#names);
          if (status === 'idle') transactionEnded(this.#names);
        },
        progressed: () => {
          this.#progress.notify();
          this.#drain();
        },
      });
      this.#over.abort(new RefusedError(serverGone));
    } catch (error) {
      this.#over.abort(new RefusedError(refusalOf(error)));
    }
    this.#repliesEnded = true;
    this.#progress.notify();
  }

  /**
   * What was sent is waited for, so that its outcome is known: without limit for a client that
   * merely left, as the server itself would; for a session that must end, until `windDownMs`.
   */
  async #windDown(mustEnd: boolean): Promise<void> {
    const { upstream, limits, grant, cancelAtServer } = this.#parts;
    const settled = () => !this.#tracker.busy || this.#repliesEnded;
    if (this.#tracker.copyIn) await this.#send(encodeCopyFail('the client left'));
    this.#outlet.close();
    if (!settled()) {
      if (!mustEnd)
        await Promise.race([this.#progress.until(settled), aborted(grant.signal)]).catch(() => {});
      if (!settled()) {
        cancelAtServer();
        await Promise.race([this.#progress.until(settled), after(limits.windDownMs)]);
      }
    }
    await this.#send(encodeTerminate());
    upstream.stream.destroy();
    await this.#tracker.lost('the connection ended before the server answered');
  }

  async #send(message: Buffer): Promise<void> {
    await writeAll(this.#parts.upstream.stream, message).catch(() => {});
  }
}

const serverGone: Refusal = {
  code: 'UPSTREAM_UNREACHABLE',
  message: 'the server closed the connection',
};

function isTerminate(frame: FrontendFrame): boolean {
  return frame.kind === 'message' && frame.type === frontendType.terminate;
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof RefusedError) return error.refusal;
  if (error instanceof WireError) return { code: 'PROTOCOL_VIOLATION', message: error.message };
  return serverGone;
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** A peer that does not read must not keep a session from ending. */
async function soon(work: Promise<void>): Promise<void> {
  await Promise.race([work, after(1000)]);
}

function after(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
}

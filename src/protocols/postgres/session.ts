import type { Duplex } from 'node:stream';
import { type Refusal, RefusedError } from '../../core/refusal.ts';
import { writeAll } from '../../net/write-all.ts';
import type { SessionGrant } from '../adapter.ts';
import { AnswerOrder } from './answer-order.ts';
import { AnswerTap } from './answer-tap.ts';
import { CommandLoop } from './command-loop.ts';
import { Deliberation } from './deliberation.ts';
import { errorResponseFor, heldNotice } from './faults.ts';
import { Holding } from './holding.ts';
import { Inbox } from './inbox.ts';
import { ReplyMasker } from './masking/reply-masker.ts';
import type { SessionMasking } from './masking/session-masking.ts';
import { createServerNames, forgetAll, transactionEnded } from './names.ts';
import { Outlet } from './outlet.ts';
import { ReplyTracker } from './replies.ts';
import { relayReplies } from './reply-loop.ts';
import { SegmentPlanner } from './segment-planner.ts';
import {
  aborted,
  after,
  endOf,
  endOfReplies,
  hangUp,
  refusalOfEnd,
  type SessionEnd,
  serverGone,
  soon,
} from './session-end.ts';
import { SessionState } from './session-state.ts';
import { SimplePlanner } from './simple-planner.ts';
import type { SqlParser } from './sql/parser.ts';
import type { PostgresTarget } from './target.ts';
import { Turnstile } from './turnstile.ts';
import type { UpstreamConnection } from './upstream.ts';
import { encodeTerminate } from './wire/frontend/bodiless.ts';
import { encodeCopyFail } from './wire/frontend/copy.ts';
import { createFrontendFramer, isTerminate } from './wire/frontend-framer.ts';

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
  /** Null where nothing is to be masked. */
  readonly masking: SessionMasking | null;
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
  readonly #answers = new AnswerOrder(() => this.#tracker.head);
  readonly #names = createServerNames();
  readonly #progress = new Turnstile();
  #repliesEnded = false;
  readonly #tap: AnswerTap;
  readonly #outlet: Outlet;
  readonly #inbox: Inbox;
  readonly #holding: Holding;
  readonly #deliberation: Deliberation;
  readonly #loop: CommandLoop;
  /** The server has told the client itself why it ends the session. */
  #saidGoodbye = false;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#tap = new AnswerTap(parts.grant.recorder, this.#answers);
    this.#outlet = new Outlet(parts.client, this.#tap);
    this.#inbox = new Inbox(parts.limits.maxSegmentBytes);
    this.#holding = new Holding(parts.grant.gate, this.#over.signal, (request, first) => {
      void this.#outlet.say(heldNotice(request, first));
    });
    this.#deliberation = this.#newDeliberation();
    this.#loop = this.#newLoop();
  }

  /** A CancelRequest of the same principal: ends the wait, or goes on to the server. */
  cancel(): void {
    if (!this.#holding.cancel() && !this.#tracker.idle) this.#parts.cancelAtServer();
  }

  /** Serves the client until either side is done. Throws only for a fault of our own. */
  async run(): Promise<void> {
    const { client, upstream, grant, limits } = this.#parts;
    const { signal: over } = this.#over;
    const end = (reason: unknown) => this.#over.abort(reason);
    whenAborted(over, () => this.#interrupt());
    whenAborted(grant.signal, end);
    whenAborted(this.#inbox.gone, end);
    whenAborted(grant.draining, () => this.#drain());
    const framer = createFrontendFramer({ maxMessageBytes: limits.maxMessageBytes });
    void this.#inbox.read(client, framer, isTerminate);
    const replies = this.#replies();
    const ending = await this.#commands();
    if (ending.kind === 'left') client.destroy();
    else await this.#farewell(refusalOfEnd(ending));
    this.#outlet.close();
    await this.#windDown(ending.kind !== 'left');
    upstream.stream.destroy();
    await this.#tracker.lost('the connection ended before the server answered');
    await soon(replies);
    client.destroy();
    if (ending.kind === 'bug') throw ending.error;
  }

  /** The gateway is stopping: ends where nothing runs and no transaction is open. */
  #drain(): void {
    const { draining } = this.#parts.grant;
    if (!draining.aborted) return;
    if (this.#tracker.resting || this.#holding.deciding) this.#over.abort(draining.reason);
  }

  #interrupt(): void {
    this.#inbox.interrupt(this.#over.signal.reason);
    this.#progress.notify();
  }

  #newDeliberation(): Deliberation {
    const { grant, parser, masking, startup, database, limits } = this.#parts;
    const { gate, target } = grant;
    return new Deliberation({
      gate,
      parser,
      masking,
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

  #newLoop(): CommandLoop {
    const { upstream, limits, masking } = this.#parts;
    return new CommandLoop({
      inbox: this.#inbox,
      server: upstream.stream,
      outlet: this.#outlet,
      copied: (bytes) => this.#tap.copiedIn(bytes),
      tracker: this.#tracker,
      simple: new SimplePlanner(this.#deliberation),
      segments: new SegmentPlanner(this.#deliberation),
      progress: this.#progress,
      masking,
      over: this.#over.signal,
      maxSegmentBytes: limits.maxSegmentBytes,
    });
  }

  async #commands(): Promise<SessionEnd> {
    try {
      await this.#loop.run();
      return { kind: 'left' };
    } catch (error) {
      return endOf(error, this.#inbox.gone.aborted);
    }
  }

  async #replies(): Promise<void> {
    const { upstream, limits, masking } = this.#parts;
    try {
      await relayReplies(upstream.stream, upstream.leftover, {
        tracker: this.#tracker,
        answers: this.#answers,
        outlet: this.#outlet,
        masker: masking === null ? null : new ReplyMasker(masking),
        maxReplyBytes: masking === null ? limits.maxReplyBytes : limits.maxSegmentBytes,
        ready: (status) => {
          if (this.#deliberation.group.ended()) forgetAll(this.#names);
          if (status !== 'idle') return;
          transactionEnded(this.#names);
          masking?.transactionEnded();
        },
        goodbye: () => {
          this.#saidGoodbye = true;
        },
        progressed: () => {
          this.#progress.notify();
          this.#drain();
        },
      });
      this.#over.abort(new RefusedError(serverGone));
    } catch (error) {
      this.#over.abort(endOfReplies(error));
    }
    this.#repliesEnded = true;
    this.#progress.notify();
  }

  async #farewell(refusal: Refusal): Promise<void> {
    if (!this.#saidGoodbye) await soon(this.#outlet.say(errorResponseFor(refusal, 'FATAL')));
    await hangUp(this.#parts.client);
  }

  /**
   * What was sent is waited for, so that its outcome is known: for a session that must end, until
   * `windDownMs`; for a client that merely left, without limit, as the server itself would, until
   * the server talks to nobody.
   */
  async #windDown(mustEnd: boolean): Promise<void> {
    const { limits, grant, cancelAtServer } = this.#parts;
    if (this.#loop.insideCopyData) return;
    if (this.#tracker.copyIn) await this.#send(encodeCopyFail('the client left'));
    const settled = () => this.#tracker.idle || this.#repliesEnded;
    const pointless = () => settled() || this.#outlet.droppedBytes > maxDroppedBytes;
    if (!mustEnd) await Promise.race([this.#progress.until(pointless), aborted(grant.signal)]);
    if (!settled()) {
      cancelAtServer();
      await Promise.race([this.#progress.until(settled), after(limits.windDownMs)]);
    }
    await this.#send(encodeTerminate());
  }

  async #send(message: Buffer): Promise<void> {
    await soon(writeAll(this.#parts.upstream.stream, message).catch(() => {}));
  }
}

/** A server that writes to a client that left would be told so by the system. */
const maxDroppedBytes = 1024 * 1024;

function whenAborted(signal: AbortSignal, act: (reason: unknown) => void): void {
  if (signal.aborted) act(signal.reason);
  else signal.addEventListener('abort', () => act(signal.reason), { once: true });
}

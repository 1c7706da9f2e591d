import type { Writable } from 'node:stream';
import type { Eventual } from '../../core/eventual.ts';
import { RefusedError } from '../../core/refusal.ts';
import { writeOrWait } from '../../net/write-all.ts';
import { syncOwed } from './expectation.ts';
import { errorResponseFor } from './faults.ts';
import { costOf, type Inbox } from './inbox.ts';
import type { SessionMasking } from './masking/session-masking.ts';
import type { Outlet } from './outlet.ts';
import { Plan } from './plan.ts';
import type { ReplyTracker } from './replies.ts';
import type { SegmentPlanner } from './segment-planner.ts';
import type { SimplePlan, SimplePlanner } from './simple-planner.ts';
import type { Turnstile } from './turnstile.ts';
import { encodeReadyForQuery } from './wire/backend/ready-for-query.ts';
import { encodeSync } from './wire/frontend/bodiless.ts';
import { decodeFunctionCall } from './wire/frontend/function-call.ts';
import { decodeQuery } from './wire/frontend/query.ts';
import { type FrontendFrame, isTerminate, type MessageFrame } from './wire/frontend-framer.ts';
import { frontendType } from './wire/frontend-types.ts';
import { spanOf, viewOf } from './wire/span.ts';

export interface CommandLoopDeps {
  readonly inbox: Inbox;
  readonly server: Writable;
  readonly outlet: Outlet;
  /** So many bytes of COPY data have gone to the server. */
  readonly copied: (bytes: number) => void;
  readonly tracker: ReplyTracker;
  readonly simple: SimplePlanner;
  readonly segments: SegmentPlanner;
  readonly progress: Turnstile;
  readonly masking: SessionMasking | null;
  /** Aborted when the session must end; checked before anything is sent. */
  readonly over: AbortSignal;
  readonly maxSegmentBytes: number;
}

/**
 * The one loop from client to server. A segment is decided only when the server owes nothing,
 * so that transaction state and names are what the server has said they are; a lone Sync or
 * COPY data needs no decision and goes straight on.
 */
export class CommandLoop {
  readonly #deps: CommandLoopDeps;
  #segment: MessageFrame[] = [];
  #segmentBytes = 0;
  /** What becomes of the rest of a CopyData message of which a part has come. */
  #copyRest: 'none' | 'sent' | 'dropped' = 'none';

  constructor(deps: CommandLoopDeps) {
    this.#deps = deps;
  }

  /** The server has a part of a CopyData message: whatever is sent now, it takes for data. */
  get insideCopyData(): boolean {
    return this.#copyRest === 'sent';
  }

  /** Returns when the client is done. Throws when the session must end, with the reason. */
  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      // A turn takes all that is there, in the call that brought it: no promise for each chunk.
      const turn = (): void => {
        try {
          for (;;) {
            const frame = this.#deps.inbox.next(turn);
            if (frame === 'later') return;
            if (frame === null || isTerminate(frame)) {
              resolve();
              return;
            }
            const work = frame.kind === 'message' ? this.#message(frame) : this.#copyData(frame);
            if (work instanceof Promise) {
              work.then(turn, reject);
              return;
            }
          }
        } catch (error) {
          reject(error);
        }
      };
      turn();
    });
  }

  #message(frame: MessageFrame): Work {
    const { type } = frame;
    switch (type) {
      case frontendType.query:
      case frontendType.functionCall:
        return this.#simple(frame);
      case frontendType.sync:
      case frontendType.flush:
        this.#add(frame);
        return this.#endSegment();
      case frontendType.parse:
      case frontendType.bind:
      case frontendType.describe:
      case frontendType.execute:
      case frontendType.close:
        this.#add(frame);
        return;
      case frontendType.copyDone:
      case frontendType.copyFail:
        return this.#copyEnd(frame);
      default:
        throw violation(`message type 0x${type.toString(16)} cannot come here`);
    }
  }

  #add(frame: MessageFrame): void {
    this.#segmentBytes += costOf(frame);
    if (this.#segmentBytes > this.#deps.maxSegmentBytes) {
      throw new RefusedError({
        code: 'LIMIT_EXCEEDED',
        message: `more than ${this.#deps.maxSegmentBytes} bytes before a Sync`,
      });
    }
    this.#segment.push(frame);
  }

  #endSegment(): Work {
    const frames = this.#segment;
    if (frames.length === 0) return;
    this.#segment = [];
    this.#segmentBytes = 0;
    if (frames.every(needsNoDecision)) return this.#goOn(frames);
    const unquiet = this.#quiet();
    const unready =
      unquiet instanceof Promise
        ? unquiet.then(() => this.#deps.masking?.ready())
        : this.#deps.masking?.ready();
    return unready instanceof Promise
      ? unready.then(() => this.#decide(frames))
      : this.#decide(frames);
  }

  /** Nothing is owed by the server any more. */
  #decide(frames: readonly MessageFrame[]): Work {
    const { tracker, segments } = this.#deps;
    if (tracker.skipping) return this.#goOn(frames.filter(needsNoDecision));
    if (tracker.onlyPreparing && segments.mayBeHeld(frames)) {
      return this.#letLocksGo().then(() => this.#plan(frames));
    }
    return this.#plan(frames);
  }

  #plan(frames: readonly MessageFrame[]): Work {
    const plan = this.#deps.segments.plan(frames);
    return plan instanceof Promise ? plan.then((late) => this.#send(late)) : this.#send(plan);
  }

  /**
   * Ends the server's own transaction around statements that were only prepared, so that no lock
   * is held and no timeout runs while people think. Prepared statements outlive it (55.2.3).
   */
  async #letLocksGo(): Promise<void> {
    const plan = new Plan();
    plan.forward(spanOf(encodeSync()), { kind: 'sync', own: true });
    await this.#send(plan);
    await this.#quiet();
  }

  /** Sync and Flush: decided by nobody. In COPY mode the server ignores them, so they stay here. */
  async #goOn(frames: readonly MessageFrame[]): Promise<void> {
    const { tracker } = this.#deps;
    if (tracker.owes > maxOwed) await this.#quietOrCopying();
    if (tracker.copyIn) return;
    const plan = new Plan();
    for (const frame of frames) {
      plan.forward(frame, frame.type === frontendType.sync ? syncOwed : null);
    }
    await this.#send(plan);
  }

  async #simple(frame: MessageFrame): Promise<void> {
    const { tracker, simple } = this.#deps;
    if (this.#segment.length > 0) await this.#endSegment();
    await this.#quiet();
    if (tracker.skipping) return;
    await this.#deps.masking?.ready();
    const answer =
      frame.type === frontendType.query
        ? await simple.query(decodeQuery(frame))
        : await simple.functionCall(decodeFunctionCall(frame));
    await this.#act(answer);
  }

  async #act(answer: SimplePlan): Promise<void> {
    if (answer.kind === 'send') return this.#send(answer.plan);
    const { outlet, over } = this.#deps;
    over.throwIfAborted();
    const error = errorResponseFor(answer.refusal, 'ERROR');
    return outlet.say(Buffer.concat([error, encodeReadyForQuery('idle')]));
  }

  /** As the server does, data that comes when no COPY reads it is dropped (55.2.6). */
  #copyData({ piece, ends }: Extract<FrontendFrame, { kind: 'copyData' }>): Work {
    if (this.#copyRest !== 'none') return this.#copyOn(piece, ends);
    const unquiet = this.#quietOrCopying();
    return unquiet instanceof Promise
      ? unquiet.then(() => this.#copyOn(piece, ends))
      : this.#copyOn(piece, ends);
  }

  #copyOn(piece: Buffer, ends: boolean): Work {
    const { tracker, server, over, copied } = this.#deps;
    if (this.#copyRest === 'none') this.#copyRest = tracker.copyIn ? 'sent' : 'dropped';
    if (this.#copyRest === 'sent') copied(piece.length);
    const full = this.#copyRest === 'sent' ? writeOrWait(server, piece, over) : null;
    if (full === null) return this.#copied(ends);
    return full.then(() => this.#copied(ends));
  }

  /** Only now: until all of a message was taken, the server reads whatever comes as its rest. */
  #copied(ends: boolean): void {
    if (ends) this.#copyRest = 'none';
  }

  async #copyEnd(frame: MessageFrame): Promise<void> {
    const { tracker, server, over } = this.#deps;
    await this.#quietOrCopying();
    if (!tracker.copyIn) return;
    tracker.copyInEnded();
    await writeOrWait(server, viewOf(frame), over);
  }

  #send(plan: Plan): Work {
    const { over, tracker, server } = this.#deps;
    if (over.aborted) return plan.abandon().then(() => over.throwIfAborted());
    return writeOrWait(server, plan.send(tracker), over) ?? undefined;
  }

  /** Waits until the server owes nothing. While it reads COPY data nothing else may come. */
  #quiet(): Work {
    const unquiet = this.#quietOrCopying();
    return unquiet instanceof Promise ? unquiet.then(() => this.#notCopying()) : this.#notCopying();
  }

  #notCopying(): void {
    if (this.#deps.tracker.copyIn) throw violation('only COPY data may come during COPY');
  }

  #quietOrCopying(): Work {
    const { tracker, over, progress } = this.#deps;
    if (tracker.idle || tracker.copyIn) return over.throwIfAborted();
    return progress
      .until(() => tracker.idle || tracker.copyIn || over.aborted)
      .then(() => over.throwIfAborted());
  }
}

/** Nothing, or a promise where there is something to wait for. */
type Work = Eventual<void>;

/** Syncs that may wait for their answers: each is remembered until then. */
const maxOwed = 1000;

function needsNoDecision({ type }: MessageFrame): boolean {
  return type === frontendType.sync || type === frontendType.flush;
}

function violation(message: string): RefusedError {
  return new RefusedError({ code: 'PROTOCOL_VIOLATION', message });
}

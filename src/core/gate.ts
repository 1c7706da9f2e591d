import type { Approvals } from './approvals.ts';
import type { Eventual } from './eventual.ts';
import { abortRefusal, cancelRequested, denial, storeRefusal } from './gate-refusals.ts';
import { isApproved } from './open-request.ts';
import type { Decidable, Operation } from './operation.ts';
import { type OutcomeSink, Permit } from './permit.ts';
import { principalKey } from './principal.ts';
import { type Refusal, RefusedError } from './refusal.ts';
import type { HeldRequest, Outcome } from './request.ts';
import { type Asking, draftOf } from './request-draft.ts';
import { refusalOfState } from './settlement.ts';
import type { Verdict } from './verdict.ts';

export { cancelRequested } from './gate-refusals.ts';
export type { OutcomeSink, Permit } from './permit.ts';

export type Clearance =
  /** `approved`: the request as it was decided, where people had to decide it. */
  | { readonly kind: 'cleared'; readonly permit: Permit; readonly approved: HeldRequest | null }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** How a waiting client is told, and how it says that it no longer waits. */
export interface Waiting {
  /** Called when the operation is held, and again every `reminderMs` while it stays so. */
  held(request: HeldRequest, first: boolean): void;
  /**
   * Aborted with `cancelRequested` when the requester cancels; with a `RefusedError` or
   * anything else when the client is gone or the session ends.
   */
  readonly signal: AbortSignal;
}

export interface DecisionEvent {
  /** Of the operation in its session, in the order in which they were asked for: 1 is the first. */
  readonly number: number;
  readonly operation: Operation;
  readonly verdict: Verdict;
  readonly request: HeldRequest | null;
  readonly refusal: Refusal | null;
  /** What failed, where a failure of ours is why it was refused: for the operators' log. */
  readonly cause?: unknown;
}

/** Sees every decision of a session: its own list, its recording, the audit log. */
export interface DecisionTap {
  held(request: HeldRequest, operation: Operation, number: number): void;
  /**
   * Awaited before the operation may go on: what throws here is not run, and a `RefusedError`
   * says why. A promise only where something has to be written first.
   */
  decided(event: DecisionEvent): Eventual<void>;
  /** It ran, and the store could not be told how that went. */
  outcomeLost(requestId: string, error: unknown): void;
}

/** The decision pipeline of one session. An adapter reaches its target only through this. */
export interface OperationGate {
  /** The number of an operation that will be submitted, for what has to name it before that. */
  nextNumber(): number;
  /** A promise only where a review has to be asked for. */
  submit(operation: Operation, waiting: Waiting, number?: number): Eventual<Clearance>;
  /** The verdict alone, for refusing early what would be denied anyway. Grants nothing. */
  foresee(decidable: Decidable): Verdict;
  /** A request of this very principal on this connection, for a client that comes back for it. */
  asked(id: string): Promise<HeldRequest | null>;
}

export interface GateOptions extends Asking {
  readonly approvals: Approvals;
  readonly tap: DecisionTap;
  readonly reminderMs: number;
}

type Review = Extract<Verdict, { kind: 'review' }>;
/** An operation and its verdict, as it is taken down where nobody is asked. */
type Asked = DecisionEvent & { readonly request: null; readonly refusal: null };
type Refuse = (
  refusal: Refusal,
  request?: HeldRequest | null,
  cause?: unknown,
) => Eventual<Clearance>;

const left: unique symbol = Symbol('left');

export function createOperationGate(options: GateOptions): OperationGate {
  const { principal, connection, policy, approvals, tap } = options;
  const remembered = new WeakMap<Decidable, Verdict>();
  let lastNumber = 0;

  function nextNumber(): number {
    lastNumber += 1;
    return lastNumber;
  }

  function foresee(decidable: Decidable): Verdict {
    const known = remembered.get(decidable);
    if (known !== undefined) return known;
    const verdict = policy.evaluate({ principal, connection, decidable });
    remembered.set(decidable, verdict);
    return verdict;
  }

  function submit(
    operation: Operation,
    waiting: Waiting,
    number = nextNumber(),
  ): Eventual<Clearance> {
    const verdict = foresee(operation.decidable);
    const asked: Asked = { number, operation, verdict, request: null, refusal: null };
    if (waiting.signal.aborted) return refuser(asked)(abortRefusal(waiting.signal));
    switch (verdict.kind) {
      case 'allow':
        return pass(asked);
      case 'deny':
        return refuser(asked)(denial(verdict));
      case 'review':
        return reviewOrRefuse(asked, verdict, waiting);
      default:
        return verdict satisfies never;
    }
  }

  /** What cannot be taken down is not run. */
  function pass(asked: Asked): Eventual<Clearance> {
    try {
      const taken = tap.decided(asked);
      if (!(taken instanceof Promise)) return cleared(asked);
      return taken.then(
        () => cleared(asked),
        (error) => untaken(asked, error),
      );
    } catch (error) {
      return untaken(asked, error);
    }
  }

  function untaken(asked: Asked, error: unknown): Eventual<Clearance> {
    return refuser(asked)(storeRefusal(error), null, error);
  }

  function reviewOrRefuse(asked: Asked, verdict: Review, waiting: Waiting): Promise<Clearance> {
    const refuse = refuser(asked);
    return review(asked, verdict, waiting, refuse).catch((error) =>
      refuse(storeRefusal(error), null, error),
    );
  }

  async function review(
    asked: Asked,
    verdict: Review,
    waiting: Waiting,
    refuse: Refuse,
  ): Promise<Clearance> {
    const submission = await approvals.submit(draftOf(options, asked.operation, verdict));
    if (submission.kind === 'refused') return refuse(submission.refusal);
    const { request } = submission;
    try {
      const settled = await untilSettled(request, asked, waiting);
      if (settled === left || waiting.signal.aborted) {
        return refuse(await leave(request, waiting.signal), request);
      }
      return await claim(asked, settled, waiting, refuse);
    } catch (error) {
      if (request.mode === 'live') await abandon(request);
      return refuse({ ...storeRefusal(error), requestId: request.id }, request, error);
    }
  }

  /** Consumes the approval. From then on it either runs or is recorded as not having run. */
  async function claim(
    asked: Asked,
    settled: HeldRequest,
    waiting: Waiting,
    refuse: Refuse,
  ): Promise<Clearance> {
    if (!isApproved(settled)) return refuse(refusalOfState(settled), settled);
    const { kind, request } = await approvals.consume(settled.id);
    if (kind === 'lost') return refuse(refusalOfState(request), request);
    const sink = sinkFor(request.id);
    if (waiting.signal.aborted) {
      await sink.failed(notSent);
      return refuse({ ...abortRefusal(waiting.signal), requestId: request.id }, request);
    }
    try {
      await tap.decided({ ...asked, request });
    } catch (error) {
      await sink.failed(notSent);
      throw error;
    }
    return {
      kind: 'cleared',
      permit: new Permit(asked.number, request.id, sink),
      approved: request,
    };
  }

  async function untilSettled(
    request: HeldRequest,
    { operation, number }: Asked,
    waiting: Waiting,
  ): Promise<HeldRequest | typeof left> {
    if (request.state !== 'pending') return request;
    tap.held(request, operation, number);
    waiting.held(request, true);
    const reminder = setInterval(() => waiting.held(request, false), options.reminderMs);
    try {
      return await approvals.settled(request.id, waiting.signal);
    } catch (error) {
      if (waiting.signal.aborted) return left;
      throw error;
    } finally {
      clearInterval(reminder);
    }
  }

  /** A live request ends with its client; a claimable one only when the requester says so. */
  async function leave(request: HeldRequest, signal: AbortSignal): Promise<Refusal> {
    const refusal = { ...abortRefusal(signal), requestId: request.id };
    if (request.mode === 'live' || signal.reason === cancelRequested) {
      const by = signal.reason instanceof RefusedError ? 'the gateway' : principal.name;
      await approvals.cancel(request.id, by, refusal.message);
    }
    return refusal;
  }

  /** Nobody waits for it any more, so it must not stay to be approved. */
  async function abandon(request: HeldRequest): Promise<void> {
    try {
      await approvals.cancel(request.id, 'the gateway', 'its session could not go on');
    } catch {
      // The store is what failed; the caller says so, and nothing has been permitted.
    }
  }

  function refuser(asked: Asked): Refuse {
    return (refusal, request = null, cause = undefined) => {
      const refused: Clearance = { kind: 'refused', refusal };
      const event = { ...asked, request, refusal };
      // It is refused whether or not that could be taken down.
      const anyhow = () => refused;
      try {
        const taken = tap.decided(cause === undefined ? event : { ...event, cause });
        return taken instanceof Promise ? taken.then(anyhow, anyhow) : refused;
      } catch {
        return refused;
      }
    };
  }

  function sinkFor(id: string): OutcomeSink {
    const finish = async (state: 'succeeded' | 'failed' | 'unknown', outcome: Outcome) => {
      try {
        await approvals.finish(id, state, outcome);
      } catch (error) {
        tap.outcomeLost(id, error);
      }
    };
    return {
      succeeded: (outcome) => finish('succeeded', outcome),
      failed: (outcome) => finish('failed', outcome),
      unknown: (outcome) => finish('unknown', outcome),
    };
  }

  async function asked(id: string): Promise<HeldRequest | null> {
    const request = await approvals.get(id);
    if (request === null || request.connection.name !== connection.name) return null;
    return principalKey(request.principal) === principalKey(principal) ? request : null;
  }

  return { nextNumber, submit, foresee, asked };
}

function cleared({ number }: Asked): Clearance {
  return { kind: 'cleared', permit: new Permit(number, null, unrecorded), approved: null };
}

const unrecorded: OutcomeSink = {
  succeeded: () => null,
  failed: () => null,
  unknown: () => null,
};

const notSent: Outcome = {
  message: 'the client left before it was sent',
  targetCode: null,
  rowCount: null,
};

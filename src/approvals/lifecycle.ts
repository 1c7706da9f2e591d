import type { AuditSignature } from '../core/audit-record.ts';
import { isApproved, isOpen } from '../core/open-request.ts';
import type { Principal } from '../core/principal.ts';
import type { Decision, HeldRequest, Outcome, RequestState } from '../core/request.ts';
import { placeOf, type ReviewerObjectionCode, satisfied } from './reviewers.ts';

/** All that can happen to a request. */
export type LifecycleEvent =
  | {
      readonly kind: 'decide';
      readonly decision: Decision['kind'];
      readonly by: Principal;
      /** What the reviewer was shown. */
      readonly digest: string;
      readonly reason: string | null;
      /** Checked already: it is this reviewer's, over this decision. */
      readonly signature: AuditSignature;
    }
  /** Its time is up: the decision's while pending, else the approval's. */
  | { readonly kind: 'expire'; readonly fallback: FallbackAnswer }
  | { readonly kind: 'consume' }
  | { readonly kind: 'cancel'; readonly by: string; readonly message: string | null }
  | { readonly kind: 'revoke'; readonly by: string; readonly message: string | null }
  /** The rules have changed since, and it is being asked anew. Its idempotency key moves on. */
  | { readonly kind: 'supersede' }
  /** A repeat that brought an idempotency key joined it. */
  | { readonly kind: 'adopt_key'; readonly key: string }
  | {
      readonly kind: 'finish';
      readonly state: 'succeeded' | 'failed' | 'unknown';
      readonly outcome: Outcome;
    }
  /** The gateway that kept it is gone. */
  | { readonly kind: 'restart' };

/** What a fallback rule set said: `none` when the chains' fallback is plain denial. */
export type FallbackAnswer = 'allow' | 'deny' | 'none';

export type RejectionCode =
  | 'NOT_PENDING'
  | 'NOT_APPROVED'
  | 'NOT_RUNNING'
  | 'NOT_OPEN'
  | 'HAS_KEY'
  | 'KEY_TAKEN'
  | 'SURVIVES_RESTART'
  | 'NOT_DUE'
  | 'LAPSED'
  | 'DIGEST_MISMATCH'
  | ReviewerObjectionCode;

export type Transition =
  | { readonly kind: 'moved'; readonly request: HeldRequest }
  | {
      readonly kind: 'rejected';
      readonly code: RejectionCode;
      readonly message: string;
      readonly request: HeldRequest;
    };

export const gatewayName = 'the gateway';

type Event<Kind extends LifecycleEvent['kind']> = Extract<LifecycleEvent, { kind: Kind }>;

/** The lifecycle. Pure and total: what it does not move, it rejects, and says why. */
export function transition(request: HeldRequest, event: LifecycleEvent, now: number): Transition {
  switch (event.kind) {
    case 'decide':
      return decide(request, event, now);
    case 'expire':
      return expire(request, event.fallback, now);
    case 'consume':
      return consume(request, now);
    case 'cancel':
      return cancel(request, event, now);
    case 'revoke':
      return revoke(request, event, now);
    case 'supersede':
      return supersede(request, now);
    case 'adopt_key':
      return adoptKey(request, event.key);
    case 'finish':
      return finish(request, event, now);
    case 'restart':
      return restart(request, now);
    default:
      return event satisfies never;
  }
}

function decide(request: HeldRequest, event: Event<'decide'>, now: number): Transition {
  if (request.state !== 'pending') return rejectState(request, 'NOT_PENDING');
  if (now >= request.expiresAt) return reject(request, 'LAPSED', 'its time to be decided is over');
  if (event.digest !== request.digest) {
    return reject(request, 'DIGEST_MISMATCH', 'what you were shown is not what this request holds');
  }
  const place = placeOf(request, event.by);
  if ('objection' in place) return reject(request, place.objection.code, place.objection.message);
  const { by, reason, signature, decision: kind } = event;
  const { chain, stage } = place.seat;
  const seat = { chain: chain.name, stage };
  const decision: Decision = { kind, by, at: now, reason, ...seat, signature };
  const decisions = [...request.decisions, decision];
  if (kind === 'deny') return end(request, 'denied', now, { decisions });
  if (kind === 'request_changes') return end(request, 'changes_requested', now, { decisions });
  if (!satisfied(request.chains, decisions, request.principal)) return move(request, { decisions });
  return move(request, { state: 'approved', decisions, runBefore: runBefore(request, now) });
}

function expire(request: HeldRequest, fallback: FallbackAnswer, now: number): Transition {
  switch (request.state) {
    case 'pending': {
      if (now < request.expiresAt) return reject(request, 'NOT_DUE', 'it can still be decided');
      if (fallback === 'none') return end(request, 'expired', now, {});
      const fallbackCause = undecidedInTime;
      if (fallback === 'deny') return end(request, 'expired', now, { fallbackCause });
      const until = runBefore(request, now);
      return move(request, { state: 'fallback_approved', fallbackCause, runBefore: until });
    }
    case 'approved':
    case 'fallback_approved':
      if (!lapsed(request, now)) return reject(request, 'NOT_DUE', 'it can still be run');
      return end(request, 'expired', now, {});
    default:
      return rejectState(request, 'NOT_OPEN');
  }
}

function consume(request: HeldRequest, now: number): Transition {
  if (!isApproved(request)) return rejectState(request, 'NOT_APPROVED');
  if (lapsed(request, now)) return reject(request, 'LAPSED', 'its time to be run is over');
  return move(request, { state: 'running' });
}

function cancel(request: HeldRequest, event: Event<'cancel'>, now: number): Transition {
  if (!isOpen(request)) return rejectState(request, 'NOT_OPEN');
  return end(request, 'cancelled', now, { cancelledBy: event.by, outcome: said(event.message) });
}

function revoke(request: HeldRequest, event: Event<'revoke'>, now: number): Transition {
  if (!isApproved(request)) return rejectState(request, 'NOT_APPROVED');
  const message = event.message === null ? `by ${event.by}` : `by ${event.by}: ${event.message}`;
  return end(request, 'revoked', now, { outcome: said(message) });
}

function supersede(request: HeldRequest, now: number): Transition {
  if (!isOpen(request)) return rejectState(request, 'NOT_OPEN');
  const outcome = said('the rules changed, so it is asked anew');
  const rest = { outcome, idempotencyKey: null };
  if (isApproved(request)) return end(request, 'revoked', now, rest);
  return end(request, 'cancelled', now, { ...rest, cancelledBy: gatewayName });
}

function adoptKey(request: HeldRequest, key: string): Transition {
  if (!isOpen(request)) return rejectState(request, 'NOT_OPEN');
  if (request.idempotencyKey !== null) return reject(request, 'HAS_KEY', 'it has a key');
  return move(request, { idempotencyKey: key });
}

function finish(request: HeldRequest, event: Event<'finish'>, now: number): Transition {
  if (request.state !== 'running') return rejectState(request, 'NOT_RUNNING');
  return end(request, event.state, now, { outcome: event.outcome });
}

function restart(request: HeldRequest, now: number): Transition {
  if (request.state === 'running') {
    return end(request, 'unknown', now, { outcome: said('the gateway stopped while it ran') });
  }
  if (!isOpen(request)) return rejectState(request, 'NOT_OPEN');
  if (request.mode === 'claimable') {
    return reject(request, 'SURVIVES_RESTART', 'it may still be claimed');
  }
  const outcome = said('the gateway restarted');
  return end(request, 'cancelled', now, { cancelledBy: gatewayName, outcome });
}

/** An approval's clock starts when it is given, and the shortest chain's applies. */
export function runBefore({ chains }: Pick<HeldRequest, 'chains'>, now: number): number {
  return now + Math.min(...chains.map(({ runWithinMs }) => runWithinMs));
}

export const undecidedInTime = 'no_decision_in_time';
export const noEligibleReviewer = 'no_eligible_reviewer';

function lapsed(request: HeldRequest, now: number): boolean {
  return request.runBefore === null || now >= request.runBefore;
}

function move(request: HeldRequest, change: Partial<HeldRequest>): Transition {
  return { kind: 'moved', request: { ...request, ...change, version: request.version + 1 } };
}

function end(
  request: HeldRequest,
  state: RequestState,
  now: number,
  change: Partial<HeldRequest>,
): Transition {
  return move(request, { ...change, state, endedAt: now });
}

function reject(request: HeldRequest, code: RejectionCode, message: string): Transition {
  return { kind: 'rejected', code, message, request };
}

function rejectState(request: HeldRequest, code: RejectionCode): Transition {
  return reject(request, code, `it is ${request.state.replaceAll('_', ' ')}`);
}

function said(message: string | null): Outcome {
  return { message, targetCode: null, rowCount: null };
}

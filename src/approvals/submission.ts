import type { RequestDraft, Submission } from '../core/approvals.ts';
import { mintSalt } from '../core/audit-seal.ts';
import type { Clock } from '../core/clock.ts';
import { digestOf } from '../core/digest.ts';
import { dueAt, isOpen } from '../core/open-request.ts';
import { principalKey } from '../core/principal.ts';
import type { Refusal } from '../core/refusal.ts';
import type { HeldRequest } from '../core/request.ts';
import type { ChainRequirement } from '../core/verdict.ts';
import type { ApprovalLog } from './approval-log.ts';
import { type Fallbacks, strictest } from './fallbacks.ts';
import type { Ledger } from './ledger.ts';
import { noEligibleReviewer, runBefore } from './lifecycle.ts';
import type { ApprovalLimits } from './limits.ts';
import type { RequestStore } from './request-store.ts';
import { satisfiable, satisfied } from './reviewers.ts';

export interface SubmissionDependencies {
  readonly store: RequestStore;
  readonly ledger: Ledger;
  readonly fallbacks: Fallbacks;
  readonly clock: Clock;
  readonly mintId: () => string;
  readonly log: ApprovalLog;
  readonly limits: ApprovalLimits;
}

/** Each round loses to a change that somebody else made meanwhile. */
const rounds = 10;

/** Creates a request, joins a pending one, or finds the approval that it may consume. */
export function createSubmission(dependencies: SubmissionDependencies) {
  const { store, ledger, fallbacks, clock, log, limits } = dependencies;

  return async function submit(draft: RequestDraft): Promise<Submission> {
    const excess = excessOf(draft, limits);
    if (excess !== null) return refused({ code: 'LIMIT_EXCEEDED', message: excess });
    if (draft.chains.length === 0) {
      return refused({ code: 'INTERNAL', message: 'a review without a chain approves nothing' });
    }
    for (let round = 0; round < rounds; round += 1) {
      const submission = (await byKey(draft)) ?? (await byDigest(draft)) ?? (await create(draft));
      if (submission !== 'again') return submission;
    }
    throw new Error('the request changed faster than it could be joined');
  };

  /** A key names one request for good, whatever became of it. */
  async function byKey(draft: RequestDraft): Promise<Submission | 'again' | null> {
    if (draft.idempotencyKey === null) return null;
    const found = await store.findByKey(principalKey(draft.principal), draft.idempotencyKey);
    if (found === null) return null;
    if (found.erasedAt !== undefined) {
      return refused(conflict(found, 'an operation whose content was erased'));
    }
    if (found.digest !== draft.digest) return refused(conflict(found, 'another operation'));
    const request = await current(found, draft);
    if (!isOpen(request)) return resultOf(request);
    if (request.mode === 'live' || draft.mode === 'live') {
      return refused(conflict(request, 'a request that waits in another session'));
    }
    return take(request, draft);
  }

  async function byDigest(draft: RequestDraft): Promise<Submission | 'again' | null> {
    if (draft.mode === 'live') return null;
    const open = await store.findOpen(principalKey(draft.principal), draft.digest);
    const found = open.find(
      ({ idempotencyKey }) => draft.idempotencyKey === null || idempotencyKey === null,
    );
    if (found === undefined) return null;
    const request = await current(found, draft);
    if (!isOpen(request)) return 'again';
    return take(request, draft);
  }

  /** Joins it or claims it, if it still stands under the rules of today; else it is asked anew. */
  async function take(request: HeldRequest, draft: RequestDraft): Promise<Submission | 'again'> {
    if (!standsNow(request, draft)) {
      await ledger.apply(request.id, { kind: 'supersede' });
      return 'again';
    }
    fallbacks.remember(request, draft.fallback);
    if (draft.idempotencyKey === null || request.idempotencyKey !== null) return joined(request);
    const key = draft.idempotencyKey;
    const adopted = await ledger.apply(request.id, { kind: 'adopt_key', key });
    return adopted?.kind === 'moved' ? joined(adopted.request) : 'again';
  }

  async function current(request: HeldRequest, draft: RequestDraft): Promise<HeldRequest> {
    const due = dueAt(request);
    if (due === null || clock() < due) return request;
    if (sameChains(request.chains, draft.chains)) fallbacks.remember(request, draft.fallback);
    return ledger.expire(request);
  }

  function standsNow(request: HeldRequest, draft: RequestDraft): boolean {
    if (!sameChains(request.chains, draft.chains)) return false;
    switch (request.state) {
      case 'approved':
        return satisfied(draft.chains, request.decisions, draft.principal);
      case 'fallback_approved':
        return strictest(draft.chains, draft.fallback, log) === 'allow';
      default:
        return true;
    }
  }

  async function create(draft: RequestDraft): Promise<Submission | 'again'> {
    const request = opened(draft);
    if (request === null) return refused(nobodyCanApprove(draft));
    const inserted = await ledger.insert(request, limits.openPerPrincipal, draft.fallback);
    switch (inserted) {
      case 'inserted':
        return { kind: 'request', request, joined: false };
      case 'duplicate':
        return 'again';
      case 'too_many_open':
        return refused({
          code: 'LIMIT_EXCEEDED',
          message: `you have ${limits.openPerPrincipal} open requests already`,
          hint: 'Cancel some, or wait until they are decided.',
        });
      default:
        return inserted satisfies never;
    }
  }

  /** The new request; null when nobody could approve it and its fallback does not allow it. */
  function opened(draft: RequestDraft): HeldRequest | null {
    const request = pendingOf(draft, dependencies.mintId(), clock());
    if (satisfiable(draft.chains, draft.principal)) return request;
    if (strictest(draft.chains, draft.fallback, log) !== 'allow') return null;
    return {
      ...request,
      state: 'fallback_approved',
      fallbackCause: noEligibleReviewer,
      runBefore: runBefore(draft, request.createdAt),
    };
  }
}

function pendingOf(draft: RequestDraft, id: string, now: number): HeldRequest {
  const { fallback: _, ...asked } = draft;
  return {
    ...asked,
    id,
    salt: mintSalt(),
    version: 1,
    state: 'pending',
    createdAt: now,
    expiresAt: now + Math.min(...draft.chains.map(({ approveWithinMs }) => approveWithinMs)),
    runBefore: null,
    endedAt: null,
    decisions: [],
    fallbackCause: null,
    cancelledBy: null,
    outcome: null,
  };
}

function excessOf(draft: RequestDraft, limits: ApprovalLimits): string | null {
  if ((draft.reason?.length ?? 0) > limits.reasonCharacters) {
    return `a reason has at most ${limits.reasonCharacters} characters`;
  }
  if ((draft.idempotencyKey?.length ?? 0) > limits.idempotencyKeyCharacters) {
    return `an idempotency key has at most ${limits.idempotencyKeyCharacters} characters`;
  }
  if (JSON.stringify(draft.presentation).length > limits.presentationCharacters) {
    return 'the operation is too large to be reviewed';
  }
  return null;
}

function sameChains(
  some: readonly ChainRequirement[],
  others: readonly ChainRequirement[],
): boolean {
  return digestOfChains(some) === digestOfChains(others);
}

/** Stored chains come back without `undefined` members, and in the order of another verdict. */
function digestOfChains(chains: readonly ChainRequirement[]): string {
  const each = chains.map((chain) => digestOf('chain', JSON.parse(JSON.stringify(chain))));
  return each.sort().join();
}

function resultOf(request: HeldRequest): Submission {
  switch (request.state) {
    case 'running':
    case 'succeeded':
    case 'failed':
    case 'unknown':
      return refused({
        code: 'ALREADY_RAN',
        message: `request ${request.id} with this idempotency key has been used`,
        hint: `hoopx requests show ${request.id}`,
        rules: request.rules,
        requestId: request.id,
      });
    default:
      return joined(request);
  }
}

function joined(request: HeldRequest): Submission {
  return { kind: 'request', request, joined: true };
}

function refused(refusal: Refusal): Submission {
  return { kind: 'refused', refusal };
}

function conflict(request: HeldRequest, what: string): Refusal {
  return {
    code: 'IDEMPOTENCY_CONFLICT',
    message: `this idempotency key belongs to ${what}`,
    hint: 'Choose a new key for a new operation.',
    requestId: request.id,
  };
}

function nobodyCanApprove({ rules, chains }: RequestDraft): Refusal {
  return {
    code: 'NO_ELIGIBLE_REVIEWER',
    message: `nobody but you could approve it (chain ${chains.map(({ name }) => name).join(', ')})`,
    hint: 'Ask whoever keeps the rules to name more reviewers.',
    rules,
  };
}

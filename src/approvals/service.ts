import type { Approvals, Consumption } from '../core/approvals.ts';
import type { Clock } from '../core/clock.ts';
import type { Principal } from '../core/principal.ts';
import type { HeldRequest } from '../core/request.ts';
import type { ReviewerKeys } from '../core/reviewer-keys.ts';
import type { ApprovalLog } from './approval-log.ts';
import { createArrears } from './arrears.ts';
import { type ChangeListener, createChanges } from './changes.ts';
import { type Controls, createControls } from './controls.ts';
import { createFallbacks } from './fallbacks.ts';
import { createLedger } from './ledger.ts';
import type { Transition } from './lifecycle.ts';
import { type ApprovalLimits, defaultLimits } from './limits.ts';
import { listRequests, type RequestFilter, type RequestPage } from './listing.ts';
import type { RequestStore } from './request-store.ts';
import { missingPeople, placeOf } from './reviewers.ts';
import { createSettled } from './settled.ts';
import { createSubmission } from './submission.ts';
import { createUpkeep } from './upkeep.ts';

export interface ApprovalDependencies {
  readonly store: RequestStore;
  readonly keys: Pick<ReviewerKeys, 'find'>;
  readonly clock: Clock;
  /** A new id, unique for good: `req_…`. */
  readonly mintId: () => string;
  readonly log: ApprovalLog;
  readonly limits?: Partial<ApprovalLimits>;
  /** How often expiry is looked for; decisions past their time are refused regardless. */
  readonly sweepEveryMs?: number;
}

export interface Eligibility {
  readonly mayDecide: boolean;
  /** Why not, when it would not count: "it is your own request". */
  readonly because: string | null;
}

/** The request lifecycle for the gate, and for the control API. Throws when the store is lost. */
export interface ApprovalService extends Approvals, Controls {
  get(id: string): Promise<HeldRequest | null>;
  /** Throws a `UserError` (BAD_CURSOR) for a cursor that is not ours. */
  list(filter: RequestFilter, cursor: string | null, limit: number): Promise<RequestPage>;
  eligibility(request: HeldRequest, reviewer: Principal): Eligibility;
  /** What is missing, one line each; empty once it is not pending. */
  awaiting(request: HeldRequest): string[];
  /** Called with every changed request once it is stored; returns how to stop that. */
  subscribe(listener: ChangeListener): () => void;
  /** Once, before the first session: ends what the last gateway left, then expires by itself. */
  recover(): Promise<void>;
  /** Ends what is past its time now; `recover` has it done regularly. */
  sweep(): Promise<void>;
  /** Ends the regular sweep; await it before the store is closed. */
  stop(): Promise<void>;
}

export function createApprovals(dependencies: ApprovalDependencies): ApprovalService {
  const { store, clock, log } = dependencies;
  const limits = { ...defaultLimits, ...dependencies.limits };
  const changes = createChanges(log);
  const fallbacks = createFallbacks(changes, log);
  const ledger = createLedger(store, clock, changes, fallbacks);
  const arrears = createArrears(ledger, log);
  const upkeep = createUpkeep(
    { store, ledger, arrears, clock, log },
    dependencies.sweepEveryMs ?? 1_000,
  );

  async function consume(id: string): Promise<Consumption> {
    const { kind, request } = known(id, await ledger.apply(id, { kind: 'consume' }));
    if (kind === 'moved') return { kind: 'consumed', request };
    return { kind: 'lost', request: await ledger.expire(request) };
  }

  return {
    ...createControls(dependencies, ledger, limits),
    submit: createSubmission({ ...dependencies, ledger, fallbacks, limits }),
    settled: createSettled(store, changes),
    consume,
    async cancel(id, by, message) {
      return known(id, await arrears.applyOrOwe(id, { kind: 'cancel', by, message })).request;
    },
    async finish(id, state, outcome) {
      const result = known(id, await arrears.applyOrOwe(id, { kind: 'finish', state, outcome }));
      if (result.kind === 'rejected') {
        throw new Error(`request ${id} cannot finish: ${result.message}`);
      }
    },
    get: (id) => store.get(id),
    list: (filter, cursor, limit) => listRequests(store, filter, cursor, limit),
    eligibility,
    awaiting: (request) => (request.state === 'pending' ? missingPeople(request) : []),
    subscribe: changes.subscribe,
    async recover() {
      await upkeep.recover();
      upkeep.start();
    },
    sweep: upkeep.sweep,
    stop: upkeep.stop,
  };
}

function eligibility(request: HeldRequest, reviewer: Principal): Eligibility {
  if (request.state !== 'pending') {
    return { mayDecide: false, because: `it is ${request.state.replaceAll('_', ' ')}` };
  }
  const place = placeOf(request, reviewer);
  if ('objection' in place) return { mayDecide: false, because: place.objection.message };
  return { mayDecide: true, because: null };
}

function known(id: string, result: Transition | null): Transition {
  if (result === null) throw new Error(`there is no request ${id}`);
  return result;
}

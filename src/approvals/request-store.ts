import type { HeldRequest, RequestState } from '../core/request.ts';
import type { Transition } from './lifecycle.ts';

export interface RequestPosition {
  readonly createdAt: number;
  readonly id: string;
}

/** Newest first. `after` is the last one already seen. */
export interface RequestQuery {
  readonly states?: readonly RequestState[];
  readonly connection?: string;
  /** `principalKey` of the requester. */
  readonly requester?: string;
  readonly after?: RequestPosition;
  readonly limit: number;
}

export type Inserted = 'inserted' | 'duplicate' | 'too_many_open';

/**
 * Where requests live. Every method throws a `RefusedError` with STORE_UNAVAILABLE when the
 * store cannot do it, and then nothing has changed.
 */
export interface RequestStore {
  /**
   * `duplicate`: the principal's idempotency key is taken, or there is an open claimable
   * request of the same principal, digest and key. `openLimit` bounds the principal's open ones.
   */
  insert(request: HeldRequest, openLimit: number): Promise<Inserted>;
  get(id: string): Promise<HeldRequest | null>;
  /**
   * Compare-and-set: `change` sees the request as it stands, and what it moves to is stored
   * only over that very version. It runs while nobody else can write the request, so the time
   * that it reads is the time of the change. Null when there is no such request.
   */
  update(id: string, change: (current: HeldRequest) => Transition): Promise<Transition | null>;
  /** Open, claimable, of this principal and digest; approved ones first, then the oldest. */
  findOpen(requester: string, digest: string): Promise<readonly HeldRequest[]>;
  findByKey(requester: string, idempotencyKey: string): Promise<HeldRequest | null>;
  list(query: RequestQuery): Promise<readonly HeldRequest[]>;
  /** Open requests whose time is up. */
  due(now: number, limit: number): Promise<readonly HeldRequest[]>;
}

import type { AuditSignature } from './audit-record.ts';
import type { Presentation } from './operation.ts';
import type { ConnectionIdentity } from './policy.ts';
import type { Principal } from './principal.ts';
import type { ChainRequirement } from './verdict.ts';

export const requestStates = [
  'pending',
  'approved',
  'fallback_approved',
  'running',
  'succeeded',
  'failed',
  'denied',
  'changes_requested',
  'expired',
  'cancelled',
  'revoked',
  'unknown',
] as const;

export type RequestState = (typeof requestStates)[number];

/** `live`: its client waits in the session. `claimable`: it may be approved now and run later. */
export type RequestMode = 'live' | 'claimable';

export interface Decision {
  readonly kind: 'approve' | 'deny' | 'request_changes';
  readonly by: Principal;
  readonly at: number;
  readonly reason: string | null;
  readonly chain: string;
  readonly stage: number;
  /** The reviewer's own, over what was decided. */
  readonly signature: AuditSignature;
}

/** How a request ended without a reviewer's decision, or what its run came to. */
export interface Outcome {
  /** For the people who look at it later. */
  readonly message: string | null;
  /** Protocol's own code of the target's error: an SQLSTATE, an exit status. */
  readonly targetCode: string | null;
  /** Rows that the server says it touched; null when it did not say. */
  readonly rowCount: number | null;
}

/** A held operation. Times are milliseconds since the epoch. */
export interface HeldRequest {
  readonly id: string;
  /** Random; kept here alone, and part of what reviewers sign. See `commitmentTo`. */
  readonly salt: string;
  /** Counts transitions; the compare-and-set key. */
  readonly version: number;
  readonly state: RequestState;
  readonly mode: RequestMode;
  readonly createdAt: number;
  /** When the decision lapses while pending. */
  readonly expiresAt: number;
  /** When the approval lapses; null until approved. */
  readonly runBefore: number | null;
  readonly endedAt: number | null;
  readonly principal: Principal;
  readonly connection: ConnectionIdentity;
  readonly protocol: string;
  /** Null where the protocol has none. */
  readonly database: string | null;
  readonly upstreamUser: string;
  readonly digest: string;
  readonly summary: string;
  readonly presentation: Presentation;
  /** The requester's own words; never a fact. */
  readonly reason: string | null;
  readonly idempotencyKey: string | null;
  readonly rules: readonly string[];
  readonly policyRevision: string;
  readonly chains: readonly ChainRequirement[];
  readonly decisions: readonly Decision[];
  /** Why a fallback approved or refused it. */
  readonly fallbackCause: string | null;
  readonly cancelledBy: string | null;
  readonly outcome: Outcome | null;
  readonly sessionId: string;
  /** When its content was erased: see `withoutContent`. */
  readonly erasedAt?: number;
}

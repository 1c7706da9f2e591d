import type { Presentation } from './operation.ts';
import type { ConnectionIdentity } from './policy.ts';
import type { Principal } from './principal.ts';
import type { Refusal } from './refusal.ts';
import type { HeldRequest, Outcome, RequestMode } from './request.ts';
import type { ChainRequirement } from './verdict.ts';

/** What the gate asks to have approved. */
export interface RequestDraft {
  readonly mode: RequestMode;
  readonly principal: Principal;
  readonly connection: ConnectionIdentity;
  readonly protocol: string;
  readonly database: string | null;
  readonly upstreamUser: string;
  readonly digest: string;
  readonly summary: string;
  readonly presentation: Presentation;
  readonly reason: string | null;
  readonly idempotencyKey: string | null;
  readonly rules: readonly string[];
  readonly policyRevision: string;
  readonly chains: readonly ChainRequirement[];
  readonly sessionId: string;
  /** Asks a chain's fallback rule set about this very operation; called when approval cannot be had. */
  readonly fallback: (policy: string) => 'allow' | 'deny';
}

export type Submission =
  | { readonly kind: 'request'; readonly request: HeldRequest; readonly joined: boolean }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

export type Consumption =
  /** The caller, and nobody else, may now run it. */
  | { readonly kind: 'consumed'; readonly request: HeldRequest }
  /** Somebody or something was first; `request` says what. */
  | { readonly kind: 'lost'; readonly request: HeldRequest };

/**
 * The request lifecycle as the gate uses it. Every method throws when the store is lost,
 * and then nothing has been permitted.
 */
export interface Approvals {
  /** Creates a request, joins a pending one of the same principal and digest, or finds its approval. */
  submit(draft: RequestDraft): Promise<Submission>;
  /** Null when there is none of that id. */
  get(id: string): Promise<HeldRequest | null>;
  /** Resolves once the request is no longer pending; rejects with `signal.reason` when aborted. */
  settled(id: string, signal: AbortSignal): Promise<HeldRequest>;
  /** approved or fallback_approved → running, once. */
  consume(id: string): Promise<Consumption>;
  /** pending or approved → cancelled; no effect on any other state. Returns what stands. */
  cancel(id: string, by: string, message: string): Promise<HeldRequest>;
  /** running → succeeded, failed or unknown. */
  finish(id: string, state: 'succeeded' | 'failed' | 'unknown', outcome: Outcome): Promise<void>;
}

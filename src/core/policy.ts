import type { Decidable } from './operation.ts';
import type { Principal } from './principal.ts';
import type { Verdict } from './verdict.ts';

export interface ConnectionIdentity {
  readonly name: string;
  /** Digest of what the connection is, secrets left out. */
  readonly revision: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface PolicyQuestion {
  readonly principal: Principal;
  readonly connection: ConnectionIdentity;
  readonly decidable: Decidable;
}

/** A compiled rule set. Pure: the same question always has the same answer. */
export interface Policy {
  readonly revision: string;
  evaluate(question: PolicyQuestion): Verdict;
  /** The named second rule set of a chain's fallback; throws if there is none of that name. */
  evaluateFallback(policy: string, question: PolicyQuestion): Verdict;
}

import type { RequestDraft } from './approvals.ts';
import { operationDigest } from './digest.ts';
import type { Operation } from './operation.ts';
import type { ConnectionIdentity, Policy } from './policy.ts';
import type { Principal } from './principal.ts';
import type { RequestMode } from './request.ts';
import type { Verdict } from './verdict.ts';

/** The session that asks. */
export interface Asking {
  readonly principal: Principal;
  readonly connection: ConnectionIdentity;
  readonly mode: RequestMode;
  readonly reason: string | null;
  readonly idempotencyKey: string | null;
  readonly sessionId: string;
  readonly policy: Policy;
}

/** What is asked of the reviewers: decoded from the wire, bound by its digest. */
export function draftOf(
  asking: Asking,
  operation: Operation,
  verdict: Extract<Verdict, { kind: 'review' }>,
): RequestDraft {
  const { principal, connection, policy } = asking;
  const { decidable, database, upstreamUser } = operation;
  const { protocol } = decidable;
  const question = { principal, connection, decidable };
  return {
    mode: operation.claimable && comesBack(asking, operation) ? 'claimable' : 'live',
    principal,
    connection,
    protocol,
    database,
    upstreamUser,
    digest: operationDigest({
      connection: connection.name,
      connectionRevision: connection.revision,
      protocol,
      database,
      upstreamUser,
      principal,
      action: operation.action(),
    }),
    summary: decidable.summary,
    presentation: operation.presentation(),
    reason: asking.reason,
    idempotencyKey: asking.idempotencyKey,
    rules: verdict.rules,
    policyRevision: verdict.revision,
    chains: verdict.chains,
    sessionId: asking.sessionId,
    fallback: (name) =>
      policy.evaluateFallback(name, question).kind === 'allow' ? 'allow' : 'deny',
  };
}

function comesBack({ mode }: Asking, operation: Operation): boolean {
  return mode === 'claimable' || operation.comesBack === true;
}

import type { AuditBody } from './audit-record.ts';
import { auditPrincipal, commitmentTo } from './audit-seal.ts';
import type { Decision, HeldRequest } from './request.ts';

/** What is taken down of a new request. One that a fallback approves at once says that too. */
export function recordsOfNew(request: HeldRequest): readonly AuditBody[] {
  const { chains, principal, reason, salt } = request;
  const submitted: AuditBody = {
    type: 'request_submitted',
    ...about(request),
    session: request.sessionId,
    mode: request.mode,
    connection: request.connection.name,
    connectionRevision: request.connection.revision,
    protocol: request.protocol,
    principal: auditPrincipal(principal),
    rules: request.rules,
    policyRevision: request.policyRevision,
    chains: chains.map(({ name, stages }) => ({ name, stages })),
    expiresAt: timeOf(request.expiresAt),
    reason: reason === null ? null : commitmentTo(salt, reason),
  };
  return request.state === 'pending' ? [submitted] : [submitted, ...recordsOfState(request)];
}

/** What is taken down of a transition: each new decision, and the state that it led to. */
export function recordsOfChange(before: HeldRequest, after: HeldRequest): readonly AuditBody[] {
  const decisions = after.decisions.slice(before.decisions.length);
  const records = decisions.map((decision) => recordOfDecision(after, decision));
  if (before.state !== after.state) return [...records, ...recordsOfState(after)];
  return records.length > 0 ? records : [{ type: 'request_keyed', ...about(after) }];
}

function recordOfDecision(request: HeldRequest, decision: Decision): AuditBody {
  const { kind, by, at, chain, stage, reason, signature } = decision;
  return {
    type: 'decision',
    ...about(request),
    decision: kind,
    by: auditPrincipal(by),
    at: timeOf(at),
    chain,
    stage,
    reason: reason === null ? null : commitmentTo(request.salt, reason),
    policyRevision: request.policyRevision,
    signature,
  };
}

function recordsOfState(request: HeldRequest): readonly AuditBody[] {
  const { state, fallbackCause, outcome, cancelledBy } = request;
  const which = about(request);
  switch (state) {
    case 'pending':
      return [];
    case 'approved':
      return [{ type: 'request_approved', ...which, runBefore: timeOf(request.runBefore) }];
    case 'fallback_approved': {
      const runBefore = timeOf(request.runBefore);
      return [{ type: 'fallback_approved', ...which, cause: fallbackCause ?? '', runBefore }];
    }
    case 'running': {
      const approval = fallbackCause === null ? 'people' : 'fallback';
      return [{ type: 'intent', ...which, approval }];
    }
    case 'succeeded':
    case 'failed':
    case 'unknown': {
      const { targetCode = null, rowCount = null } = outcome ?? {};
      return [{ type: 'outcome', ...which, state, targetCode, rowCount }];
    }
    case 'denied':
    case 'changes_requested':
    case 'expired':
    case 'cancelled':
    case 'revoked':
      return [{ type: 'request_ended', ...which, state, by: cancelledBy, cause: fallbackCause }];
    default:
      return state satisfies never;
  }
}

function about({ id, salt, digest }: HeldRequest) {
  return { request: id, operation: commitmentTo(salt, digest) };
}

/** A state that has no end to its time has none; it is then in the record as the epoch. */
function timeOf(milliseconds: number | null): string {
  return new Date(milliseconds ?? 0).toISOString();
}

import type { OperationView } from '../control/contract.ts';
import type { TunnelNotice } from '../control/server/ports.ts';
import { operationDigest } from '../core/digest.ts';
import type { DecisionEvent } from '../core/gate.ts';
import type { Operation } from '../core/operation.ts';
import type { ConnectionIdentity } from '../core/policy.ts';
import type { Principal } from '../core/principal.ts';
import type { Refusal } from '../core/refusal.ts';
import type { HeldRequest, RequestMode } from '../core/request.ts';

/** What was decided on one tunnel: the last of it, and as it happens. */
export interface Journal {
  held(request: HeldRequest, operation: Operation): void;
  decided(event: DecisionEvent, connection: ConnectionIdentity): void;
  operations(): readonly OperationView[];
  /** What is held now comes first, at once. */
  subscribe(listener: (notice: TunnelNotice) => void): () => void;
  closed(refusal: Refusal): void;
}

const kept = 100;

export function createJournal(principal: Principal, mode: RequestMode): Journal {
  const listeners = new Set<(notice: TunnelNotice) => void>();
  const held = new Map<string, Extract<TunnelNotice, { type: 'held' }>>();
  const past: OperationView[] = [];

  function tell(notice: TunnelNotice): void {
    for (const listener of listeners) listener(notice);
  }

  /** On a live tunnel that passes thousands of statements a second nothing is computed here. */
  function digestOf(event: DecisionEvent, connection: ConnectionIdentity): string | null {
    if (event.request !== null) return event.request.digest;
    if (mode === 'live' && event.refusal === null) return null;
    return digestFor(event.operation, principal, connection);
  }

  return {
    held(request, operation) {
      const notice = { type: 'held', request, kind: kindOf(operation) } as const;
      held.set(request.id, notice);
      tell(notice);
    },
    decided(event, connection) {
      const { operation, verdict, refusal } = event;
      const requestId = event.request?.id ?? refusal?.requestId ?? null;
      if (requestId !== null) held.delete(requestId);
      const view: OperationView = {
        summary: operation.decidable.summary,
        digest: digestOf(event, connection),
        verdict: verdict.kind,
        rules: verdict.rules,
        policyRevision: verdict.revision,
        requestId,
        refusal: refusal === null ? null : refusalView(refusal),
        decided: true,
      };
      past.push(view);
      if (past.length > kept * 2) past.splice(0, past.length - kept);
      if (mode === 'claimable' || refusal !== null || requestId !== null) {
        tell({ type: 'decided', operation: view, kind: kindOf(operation) });
      }
    },
    operations: () => [
      ...past.slice(-kept),
      ...[...held.values()].map(({ request }) => heldView(request)),
    ],
    subscribe(listener) {
      listeners.add(listener);
      for (const notice of held.values()) listener(notice);
      return () => listeners.delete(listener);
    },
    closed(refusal) {
      tell({ type: 'closed', refusal });
      listeners.clear();
    },
  };
}

function kindOf({ decidable: { facts } }: Operation): string | null {
  return facts.protocol === 'ssh' ? (facts.kinds[0] ?? null) : null;
}

function digestFor(
  operation: Operation,
  principal: Principal,
  connection: ConnectionIdentity,
): string {
  return operationDigest({
    connection: connection.name,
    connectionRevision: connection.revision,
    protocol: operation.decidable.protocol,
    database: operation.database,
    upstreamUser: operation.upstreamUser,
    principal,
    action: operation.action(),
  });
}

function refusalView({ code, message, hint }: Refusal): OperationView['refusal'] {
  return { code, message, hint: hint ?? null };
}

function heldView(request: HeldRequest): OperationView {
  const { summary, digest, rules, policyRevision, id } = request;
  return {
    summary,
    digest,
    verdict: 'review',
    rules,
    policyRevision,
    requestId: id,
    refusal: null,
    decided: false,
  };
}

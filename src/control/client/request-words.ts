import type { RequestState } from '../../core/request.ts';
import { safeLine } from '../../core/safe-text.ts';
import type { PrincipalView, RequestView } from '../contract.ts';

/** `engineer`, `deploy-bot, agent of engineer`. */
export function whoOf(principal: PrincipalView): string {
  const name = safeLine(principal.name);
  switch (principal.kind) {
    case 'human':
      return name;
    case 'ci':
      return `${name}, CI job of ${safeLine(principal.person)}`;
    case 'agent':
      return `${name}, agent of ${safeLine(principal.person)}`;
    default:
      return principal.kind satisfies never;
  }
}

/** Its summary, not yet safe for a terminal; of one whose content was erased, that. */
export function summaryOf({ erasedAt = null, summary }: RequestView): string {
  return erasedAt === null ? summary : erasedWords(erasedAt);
}

/** `erased at 2026-01-31 12:00 UTC` */
export function erasedWords(erasedAt: string): string {
  return `erased at ${erasedAt.slice(0, 16).replace('T', ' ')} UTC`;
}

export function labelsOf(request: RequestView): string {
  const labels = Object.entries(request.connection.labels);
  return safeLine(labels.map(([key, value]) => `${key}=${value}`).join(' '));
}

/** The state alone, for a column; without its underscores it is what `--state` takes. */
export const stateNames: Record<RequestState, string> = {
  pending: 'pending',
  approved: 'approved',
  fallback_approved: 'fallback approved',
  running: 'running',
  succeeded: 'succeeded',
  failed: 'failed',
  denied: 'denied',
  changes_requested: 'changes requested',
  expired: 'expired',
  cancelled: 'cancelled',
  revoked: 'revoked',
  unknown: 'outcome unknown',
};

/** What has become of a request, in a few words: `succeeded, 3 rows`. */
export function stateWords(request: RequestView): string {
  return stateNames[request.state] + detailOf(request);
}

/** Whether its requester has to come back for it. */
function waits({ mode, presentation }: RequestView): boolean {
  return mode !== 'live' && presentation.grant !== true;
}

function detailOf(request: RequestView): string {
  const { state, outcome } = request;
  const last = request.decisions.at(-1);
  const decider = by(last?.by.name);
  switch (state) {
    case 'pending':
    case 'running':
      return '';
    case 'approved':
      return `${decider}${waits(request) ? ', not yet run' : ''}${because(last?.reason)}`;
    case 'fallback_approved':
      return because(request.fallbackCause?.replaceAll('_', ' '));
    case 'succeeded':
      return rowsOf(request);
    case 'failed':
      return because(failureOf(request));
    case 'denied':
    case 'changes_requested':
      return `${decider}${because(last?.reason)}`;
    case 'expired':
      if (request.runBefore === null) return ': nobody decided in time';
      return waits(request) ? ': not run in time' : ': its time is over';
    case 'cancelled':
    case 'revoked':
      return `${by(request.cancelledBy)}${because(outcome?.message)}`;
    case 'unknown':
      return because(outcome?.message);
    default:
      return state satisfies never;
  }
}

function rowsOf({ outcome }: RequestView): string {
  const count = outcome?.rowCount ?? null;
  return count === null ? '' : `, ${count} ${count === 1 ? 'row' : 'rows'}`;
}

function failureOf({ outcome }: RequestView): string | null {
  if (outcome === null) return null;
  const parts = [outcome.targetCode, outcome.message].filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join(' ');
}

function by(name: string | null | undefined): string {
  return name == null ? '' : ` by ${safeLine(name)}`;
}

function because(reason: string | null | undefined): string {
  return reason == null || reason === '' ? '' : `: ${safeLine(reason)}`;
}

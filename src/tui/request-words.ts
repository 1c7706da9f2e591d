import type { PrincipalView, RequestView } from '../control/contract.ts';
import type { RequestState } from '../core/request.ts';
import { safeLine } from '../core/safe-text.ts';
import type { Tone } from './card-line.ts';

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

export function labelsOf(request: RequestView): string {
  const labels = Object.entries(request.connection.labels);
  return safeLine(labels.map(([key, value]) => `${key}=${value}`).join(' '));
}

/** What has become of a request, in a few words: `succeeded, 3 rows`. */
export function stateWords(request: RequestView): string {
  const { state } = request;
  switch (state) {
    case 'pending':
      return 'waiting for a decision';
    case 'approved':
      return request.mode === 'live' ? 'approved' : 'approved, not yet run';
    case 'fallback_approved':
      return `allowed by its fallback${because(request.fallbackCause?.replaceAll('_', ' '))}`;
    case 'running':
      return 'running';
    case 'succeeded':
      return `succeeded${rowsOf(request)}`;
    case 'failed':
      return `failed${because(failureOf(request))}`;
    case 'denied':
      return `denied${byLastDecider(request)}`;
    case 'changes_requested':
      return `changes requested${byLastDecider(request)}`;
    case 'expired':
      return 'expired: nobody decided in time';
    case 'cancelled':
      return `cancelled${by(request.cancelledBy)}${because(request.outcome?.message)}`;
    case 'revoked':
      return `revoked${because(request.outcome?.message)}`;
    case 'unknown':
      return `outcome unknown${because(request.outcome?.message)}`;
    default:
      return state satisfies never;
  }
}

export const toneOfState: Record<RequestState, Tone> = {
  pending: 'warn',
  approved: 'good',
  fallback_approved: 'warn',
  running: 'good',
  succeeded: 'good',
  failed: 'bad',
  denied: 'bad',
  changes_requested: 'warn',
  expired: 'dim',
  cancelled: 'dim',
  revoked: 'dim',
  unknown: 'bad',
};

function rowsOf({ outcome }: RequestView): string {
  const count = outcome?.rowCount ?? null;
  return count === null ? '' : `, ${count} ${count === 1 ? 'row' : 'rows'}`;
}

function failureOf({ outcome }: RequestView): string | null {
  if (outcome === null) return null;
  const parts = [outcome.targetCode, outcome.message].filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join(' ');
}

function byLastDecider(request: RequestView): string {
  const last = request.decisions.at(-1);
  return last === undefined ? '' : `${by(last.by.name)}${because(last.reason)}`;
}

function by(name: string | null): string {
  return name === null ? '' : ` by ${safeLine(name)}`;
}

function because(reason: string | null | undefined): string {
  return reason === null || reason === undefined || reason === '' ? '' : `: ${safeLine(reason)}`;
}

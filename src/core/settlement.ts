import type { Refusal, RefusalCode } from './refusal.ts';
import type { Decision, HeldRequest, RequestState } from './request.ts';

type NotRun = Exclude<RequestState, 'pending' | 'approved' | 'fallback_approved'>;

const codes: Record<NotRun, RefusalCode> = {
  running: 'ALREADY_RAN',
  succeeded: 'ALREADY_RAN',
  failed: 'ALREADY_RAN',
  unknown: 'ALREADY_RAN',
  denied: 'DENIED_BY_REVIEWER',
  changes_requested: 'CHANGES_REQUESTED',
  expired: 'EXPIRED',
  cancelled: 'CANCELLED_BY_OTHER',
  revoked: 'REVOKED',
};

/** Why a settled request gives no right to run, in the requester's terms. */
export function refusalOfState(request: HeldRequest): Refusal {
  const { state } = request;
  if (state === 'pending' || state === 'approved' || state === 'fallback_approved') {
    return {
      code: 'INTERNAL',
      message: `request ${request.id} is ${state}`,
      requestId: request.id,
    };
  }
  return {
    code: endedByRequester(request) ? 'CANCELLED_BY_REQUESTER' : codes[state],
    message: messageFor(state, request),
    rules: request.rules,
    requestId: request.id,
    ...hintFor(state),
  };
}

function messageFor(state: NotRun, request: HeldRequest): string {
  const last = request.decisions.at(-1);
  switch (state) {
    case 'denied':
      return `denied by ${deciderOf(last)}${because(last?.reason)}`;
    case 'changes_requested':
      return `${deciderOf(last)} asks for changes${because(last?.reason)}`;
    case 'expired':
      return lapsedMessage(request);
    case 'cancelled':
      return `cancelled by ${request.cancelledBy ?? 'the gateway'}${because(request.outcome?.message)}`;
    case 'revoked':
      return `the approval was revoked${because(request.outcome?.message)}`;
    default:
      return 'it was approved once and has been used';
  }
}

function endedByRequester({ state, cancelledBy, principal }: HeldRequest): boolean {
  return state === 'cancelled' && cancelledBy === principal.name;
}

function lapsedMessage({ runBefore, fallbackCause }: HeldRequest): string {
  if (runBefore !== null) return 'it was approved, but not run in time';
  const undecided = 'nobody approved it in time';
  return fallbackCause === null ? undecided : `${undecided}, and its fallback does not allow it`;
}

function deciderOf(decision: Decision | undefined): string {
  return decision === undefined ? 'a reviewer' : decision.by.name;
}

function because(reason: string | null | undefined): string {
  return reason === null || reason === undefined || reason === '' ? '' : `: ${reason}`;
}

function hintFor(state: NotRun): { hint?: string } {
  switch (state) {
    case 'denied':
      return { hint: 'Talk to the reviewer before you send it again.' };
    case 'changes_requested':
      return { hint: 'Change the statement as asked and send it again.' };
    case 'expired':
      return { hint: 'Send it again when a reviewer is there.' };
    default:
      return {};
  }
}

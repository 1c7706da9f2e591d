import type { Refusal, RefusalCode } from '../../core/refusal.ts';
import { approversOf, naming } from '../../core/refusal-words.ts';
import type { HeldRequest } from '../../core/request.ts';
import { safeText } from '../../core/safe-text.ts';
import { encodeErrorResponse, encodeNoticeResponse } from './wire/backend/report.ts';
import type { WireError } from './wire/wire-error.ts';

/** FATAL: the session ends with it. */
export type FaultSeverity = 'ERROR' | 'FATAL';

interface Fault {
  /** PostgreSQL documentation, Appendix A. */
  readonly sqlstate: string;
  readonly severity: FaultSeverity;
  /** What to do when the refusal itself does not say. */
  readonly hint?: string;
}

const faults: Readonly<Record<RefusalCode, Fault>> = {
  DENIED_BY_RULE: { sqlstate: '42501', severity: 'ERROR' },
  UNMATCHED: {
    sqlstate: '42501',
    severity: 'ERROR',
    hint: 'No rule covers all that this does. Ask whoever keeps the rules.',
  },
  UNPARSEABLE: { sqlstate: '42601', severity: 'ERROR' },
  UNDECODABLE: { sqlstate: '42501', severity: 'ERROR' },
  NAME_UNCERTAIN: {
    sqlstate: '42501',
    severity: 'ERROR',
    hint: 'Prepare the statement again, under a new name, and execute that.',
  },
  NO_ELIGIBLE_REVIEWER: { sqlstate: '42501', severity: 'ERROR' },
  DENIED_BY_REVIEWER: { sqlstate: '42501', severity: 'ERROR' },
  CHANGES_REQUESTED: { sqlstate: '42501', severity: 'ERROR' },
  EXPIRED: { sqlstate: '42501', severity: 'ERROR' },
  REVOKED: { sqlstate: '42501', severity: 'ERROR' },
  CANCELLED_BY_REQUESTER: { sqlstate: '57014', severity: 'ERROR' },
  CANCELLED_BY_OTHER: { sqlstate: '57014', severity: 'ERROR' },
  ALREADY_RAN: { sqlstate: '42501', severity: 'ERROR' },
  IDEMPOTENCY_CONFLICT: { sqlstate: '42501', severity: 'ERROR' },
  LIMIT_EXCEEDED: { sqlstate: '54000', severity: 'ERROR' },
  STORE_UNAVAILABLE: { sqlstate: '58000', severity: 'ERROR' },
  AUDIT_UNAVAILABLE: { sqlstate: '58000', severity: 'ERROR' },
  RECORDING_UNAVAILABLE: { sqlstate: '58000', severity: 'FATAL' },
  UNMASKABLE: { sqlstate: '42501', severity: 'ERROR' },
  LOGIN_EXPIRED: { sqlstate: '28000', severity: 'FATAL', hint: 'Run: hoopx login' },
  ACCESS_DENIED: { sqlstate: '28000', severity: 'FATAL' },
  CONNECTION_UNKNOWN: { sqlstate: '08004', severity: 'FATAL', hint: 'Run: hoopx connections list' },
  PROTOCOL_VIOLATION: { sqlstate: '08P01', severity: 'FATAL' },
  PINNED_STATE_LOST: { sqlstate: '55000', severity: 'FATAL' },
  UPSTREAM_UNREACHABLE: { sqlstate: '08001', severity: 'FATAL' },
  UPSTREAM_UNTRUSTED: { sqlstate: '08001', severity: 'FATAL' },
  UPSTREAM_REFUSED_LOGIN: { sqlstate: '08004', severity: 'FATAL' },
  SESSION_KILLED: { sqlstate: '57P01', severity: 'FATAL' },
  GATEWAY_STOPPING: { sqlstate: '57P01', severity: 'FATAL', hint: 'Connect again in a moment.' },
  INTERNAL: { sqlstate: 'XX000', severity: 'ERROR' },
};

const maxTextLength = 4000;

/** An ErrorResponse that says what was refused, by what, and what to do. */
export function errorResponseFor(refusal: Refusal, severity?: FaultSeverity): Buffer {
  const fault = faults[refusal.code];
  const chosen = severity ?? fault.severity;
  const hint = refusal.hint ?? fault.hint;
  return encodeErrorResponse({
    severity: chosen,
    severityInvariant: chosen,
    code: fault.sqlstate,
    message: `hoopx: ${shown(refusal.message)}`,
    detail: detailOf(refusal),
    ...(hint === undefined ? {} : { hint: shown(hint) }),
  });
}

/** What a client that sent nonsense is told. */
export function refusalOfWireError(error: WireError): Refusal {
  const code = error.code === 'TOO_LONG' ? 'LIMIT_EXCEEDED' : 'PROTOCOL_VIOLATION';
  return { code, message: `${error.message} (${error.code})` };
}

/** Tells a waiting client what for, who can help, and how; `first` is fuller than a reminder. */
export function heldNotice(request: HeldRequest, first: boolean): Buffer {
  const until = new Date(request.expiresAt).toISOString().replace(/\.\d+Z$/, 'Z');
  const still = first ? 'held for approval' : 'still held for approval';
  const detail = [
    `${naming('Rule', request.rules)}.`,
    ...request.chains.map((chain) => `${shown(approversOf(chain))}.`),
    `It lapses at ${until}.`,
  ].join(' ');
  return encodeNoticeResponse({
    severity: 'NOTICE',
    severityInvariant: 'NOTICE',
    code: '00000',
    message: `hoopx: ${still} (${shown(request.id)})`,
    ...(first ? { detail } : {}),
    hint: first
      ? `A reviewer runs: hoopx approve ${shown(request.id)} (Ctrl-C cancels the request)`
      : `A reviewer runs: hoopx approve ${shown(request.id)} (until ${until})`,
  });
}

function detailOf(refusal: Refusal): string {
  const parts: string[] = [];
  if (refusal.requestId !== undefined) parts.push(`Request ${shown(refusal.requestId)}.`);
  const rules = refusal.rules ?? [];
  if (rules.length > 0) parts.push(`${naming('Rule', rules)}.`);
  parts.push(`Reason ${refusal.code}.`);
  return parts.join(' ');
}

function shown(text: string): string {
  const safe = safeText(text);
  return safe.length > maxTextLength ? `${safe.slice(0, maxTextLength - 1)}…` : safe;
}

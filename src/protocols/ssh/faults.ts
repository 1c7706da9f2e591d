import { exitCodes } from '../../core/exit-codes.ts';
import type { Refusal, RefusalCode } from '../../core/refusal.ts';
import { approversOf, naming } from '../../core/refusal-words.ts';
import type { HeldRequest } from '../../core/request.ts';
import { safeText } from '../../core/safe-text.ts';
import { openFailureReason } from './wire/connection/messages.ts';

interface Fault {
  /** Of a command, shell or subsystem that does not run. */
  readonly exitStatus: number;
  /** RFC 4254, section 5.1: of a forwarding. */
  readonly openFailure: number;
  /** What to do when the refusal itself does not say. */
  readonly hint?: string;
}

const { administrativelyProhibited, connectFailed, resourceShortage } = openFailureReason;
const byPolicy: Fault = {
  exitStatus: exitCodes.deniedByPolicy,
  openFailure: administrativelyProhibited,
};
const lapsed: Fault = { exitStatus: exitCodes.lapsed, openFailure: administrativelyProhibited };
const unreachable: Fault = {
  exitStatus: exitCodes.gatewayUnreachable,
  openFailure: connectFailed,
};

const faults: Readonly<Record<RefusalCode, Fault>> = {
  DENIED_BY_RULE: byPolicy,
  UNMATCHED: {
    ...byPolicy,
    hint: 'No rule covers all that this does. Ask whoever keeps the rules.',
  },
  UNPARSEABLE: byPolicy,
  UNDECODABLE: byPolicy,
  NAME_UNCERTAIN: byPolicy,
  NO_ELIGIBLE_REVIEWER: byPolicy,
  DENIED_BY_REVIEWER: { ...byPolicy, exitStatus: exitCodes.deniedByReviewer },
  CHANGES_REQUESTED: { ...byPolicy, exitStatus: exitCodes.changesRequested },
  EXPIRED: lapsed,
  REVOKED: lapsed,
  CANCELLED_BY_REQUESTER: { ...lapsed, exitStatus: exitCodes.interrupted },
  CANCELLED_BY_OTHER: lapsed,
  ALREADY_RAN: lapsed,
  IDEMPOTENCY_CONFLICT: { ...byPolicy, exitStatus: exitCodes.usage },
  LIMIT_EXCEEDED: { exitStatus: exitCodes.failure, openFailure: resourceShortage },
  STORE_UNAVAILABLE: unreachable,
  AUDIT_UNAVAILABLE: unreachable,
  RECORDING_UNAVAILABLE: unreachable,
  UNMASKABLE: byPolicy,
  LOGIN_EXPIRED: { ...unreachable, exitStatus: exitCodes.loginRequired, hint: 'Run: hoopx login' },
  ACCESS_DENIED: byPolicy,
  CONNECTION_UNKNOWN: {
    ...byPolicy,
    exitStatus: exitCodes.usage,
    hint: 'Run: hoopx connections list',
  },
  PROTOCOL_VIOLATION: { ...byPolicy, exitStatus: exitCodes.failure },
  PINNED_STATE_LOST: unreachable,
  UPSTREAM_UNREACHABLE: unreachable,
  UPSTREAM_UNTRUSTED: unreachable,
  UPSTREAM_REFUSED_LOGIN: unreachable,
  SESSION_KILLED: unreachable,
  GATEWAY_STOPPING: { ...unreachable, hint: 'Connect again in a moment.' },
  INTERNAL: { exitStatus: exitCodes.failure, openFailure: connectFailed },
};

const maxTextLength = 4000;

export function exitStatusOf({ code }: Refusal): number {
  return faults[code].exitStatus;
}

export function openFailureOf({ code }: Refusal): number {
  return faults[code].openFailure;
}

/** For standard error and for the banner before a login: what was refused, by what, what to do. */
export function refusalLines(refusal: Refusal): readonly string[] {
  const hint = refusal.hint ?? faults[refusal.code].hint;
  const lines = [refusal.message, detailOf(refusal), ...(hint === undefined ? [] : [hint])];
  return lines.map(line);
}

/** The same on one line, for where SSH has room for one only: forwardings, files, disconnects. */
export function refusalText(refusal: Refusal): string {
  return line(`${refusal.message}. ${detailOf(refusal)}`);
}

/** Tells a waiting client what for, who can help, and how; `first` is fuller than a reminder. */
export function heldLines(request: HeldRequest, first: boolean): readonly string[] {
  const until = new Date(request.expiresAt).toISOString().replace(/\.\d+Z$/, 'Z');
  const command = `A reviewer runs: hoopx approve ${request.id}`;
  if (!first) {
    return [`still held for approval (${request.id}), until ${until}. ${command}`].map(line);
  }
  return [
    `held for approval (${request.id})`,
    `${naming('Rule', request.rules)}. It lapses at ${until}.`,
    ...request.chains.map(approversOf),
    `${command} (Ctrl-C cancels the request)`,
  ].map(line);
}

function detailOf(refusal: Refusal): string {
  const parts: string[] = [];
  if (refusal.requestId !== undefined) parts.push(`Request ${refusal.requestId}.`);
  const rules = refusal.rules ?? [];
  if (rules.length > 0) parts.push(`${naming('Rule', rules)}.`);
  parts.push(`Reason ${refusal.code}.`);
  return parts.join(' ');
}

function line(text: string): string {
  const safe = safeText(`hoopx: ${text}`).replaceAll('\n', ' ');
  return safe.length > maxTextLength ? `${safe.slice(0, maxTextLength - 1)}…` : safe;
}

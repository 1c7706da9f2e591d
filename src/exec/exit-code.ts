import { exitCodes } from '../core/exit-codes.ts';
import type { RefusalCode } from '../core/refusal.ts';
import type { StopReason } from './ending.ts';
import type { ExecStatus } from './exec-result.ts';

interface Ending {
  readonly exitCode: number;
  readonly status: ExecStatus;
}

const policy: Ending = { exitCode: exitCodes.deniedByPolicy, status: 'denied' };
const lapsed = (status: ExecStatus): Ending => ({ exitCode: exitCodes.lapsed, status });
const gateway: Ending = { exitCode: exitCodes.gatewayUnreachable, status: 'failed' };
const usage: Ending = { exitCode: exitCodes.usage, status: 'failed' };

/** What each refusal means to a script. Total: a new code does not compile until it is here. */
export const endingOfRefusal: Record<RefusalCode, Ending> = {
  DENIED_BY_RULE: policy,
  UNMATCHED: policy,
  UNPARSEABLE: policy,
  UNDECODABLE: policy,
  NAME_UNCERTAIN: policy,
  UNMASKABLE: policy,
  NO_ELIGIBLE_REVIEWER: policy,
  ACCESS_DENIED: policy,
  LIMIT_EXCEEDED: policy,
  DENIED_BY_REVIEWER: { exitCode: exitCodes.deniedByReviewer, status: 'denied' },
  CHANGES_REQUESTED: { exitCode: exitCodes.changesRequested, status: 'changes_requested' },
  EXPIRED: lapsed('expired'),
  REVOKED: lapsed('revoked'),
  CANCELLED_BY_OTHER: lapsed('cancelled'),
  SESSION_KILLED: lapsed('cancelled'),
  CANCELLED_BY_REQUESTER: { exitCode: exitCodes.interrupted, status: 'cancelled' },
  ALREADY_RAN: { exitCode: exitCodes.outcomeUnknown, status: 'unknown' },
  IDEMPOTENCY_CONFLICT: usage,
  CONNECTION_UNKNOWN: usage,
  LOGIN_EXPIRED: { exitCode: exitCodes.loginRequired, status: 'failed' },
  STORE_UNAVAILABLE: gateway,
  AUDIT_UNAVAILABLE: gateway,
  RECORDING_UNAVAILABLE: gateway,
  PROTOCOL_VIOLATION: gateway,
  PINNED_STATE_LOST: gateway,
  UPSTREAM_UNREACHABLE: gateway,
  UPSTREAM_UNTRUSTED: gateway,
  UPSTREAM_REFUSED_LOGIN: gateway,
  GATEWAY_STOPPING: gateway,
  INTERNAL: gateway,
};

export function isRefusalCode(code: string): code is RefusalCode {
  return Object.hasOwn(endingOfRefusal, code);
}

/** What is reported when exec itself ended it. */
export const exitOfStop: Record<
  StopReason,
  { readonly exitCode: number; readonly message: string }
> = {
  interrupted: { exitCode: exitCodes.interrupted, message: 'interrupted, and cancelled' },
  time_limit: { exitCode: exitCodes.timeLimit, message: 'the time limit has passed' },
  unapproved: {
    exitCode: exitCodes.timeLimit,
    message: 'nobody approved it in time; it is cancelled, as its input would not be there later',
  },
  copy_data: {
    exitCode: exitCodes.usage,
    message: 'exec sends no COPY data: use psql through hoopx connect',
  },
};

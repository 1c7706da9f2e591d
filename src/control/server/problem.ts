import { type RefusalCode, RefusedError } from '../../core/refusal.ts';
import { UserError } from '../../core/user-error.ts';
import type { ApiErrorCode, ErrorBody } from '../contract.ts';

/** An answer that is not a success. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly body: ErrorBody;
  /** Seconds. */
  readonly retryAfter: number | null;

  constructor(
    status: number,
    code: ApiErrorCode,
    message: string,
    more: { hint?: string; retryAfter?: number } = {},
  ) {
    super(message);
    this.status = status;
    this.body = { error: { code, message, hint: more.hint ?? null } };
    this.retryAfter = more.retryAfter ?? null;
  }
}

/** One wording for all, so that it does not tell what exists. */
export function notFound(): Problem {
  return new Problem(404, 'NOT_FOUND', 'there is no such thing, or it is not yours to see');
}

export function badRequest(message: string, status = 400): Problem {
  return new Problem(status, 'BAD_REQUEST', message);
}

export function unauthenticated(message: string): Problem {
  return new Problem(401, 'UNAUTHENTICATED', message, { hint: 'Run: hoopx login' });
}

const statuses: Record<RefusalCode, number> = {
  DENIED_BY_RULE: 403,
  UNMATCHED: 403,
  UNPARSEABLE: 400,
  UNDECODABLE: 400,
  NAME_UNCERTAIN: 403,
  NO_ELIGIBLE_REVIEWER: 403,
  DENIED_BY_REVIEWER: 403,
  CHANGES_REQUESTED: 409,
  EXPIRED: 409,
  REVOKED: 409,
  CANCELLED_BY_REQUESTER: 409,
  CANCELLED_BY_OTHER: 409,
  ALREADY_RAN: 409,
  IDEMPOTENCY_CONFLICT: 409,
  LIMIT_EXCEEDED: 429,
  STORE_UNAVAILABLE: 503,
  AUDIT_UNAVAILABLE: 503,
  RECORDING_UNAVAILABLE: 503,
  UNMASKABLE: 403,
  LOGIN_EXPIRED: 401,
  ACCESS_DENIED: 403,
  CONNECTION_UNKNOWN: 404,
  PROTOCOL_VIOLATION: 400,
  PINNED_STATE_LOST: 500,
  UPSTREAM_UNREACHABLE: 502,
  UPSTREAM_UNTRUSTED: 502,
  UPSTREAM_REFUSED_LOGIN: 502,
  SESSION_KILLED: 409,
  GATEWAY_STOPPING: 503,
  INTERNAL: 500,
};

/** What went wrong, as the caller may know it. Null when it is our defect: log it. */
export function problemOf(error: unknown): Problem | null {
  if (error instanceof Problem) return error;
  if (error instanceof RefusedError) {
    const { code, message, hint } = error.refusal;
    return new Problem(statuses[code], code, message, hint === undefined ? {} : { hint });
  }
  if (error instanceof UserError) {
    return new Problem(
      400,
      'BAD_REQUEST',
      error.message,
      error.hint === undefined ? {} : { hint: error.hint },
    );
  }
  return null;
}

export function internalProblem(): Problem {
  return new Problem(500, 'INTERNAL', 'the gateway failed; its log says why');
}

/** Every reason for which an operation, or a whole session, is not let through. */
export const refusalCodes = [
  'DENIED_BY_RULE',
  'UNMATCHED',
  'UNPARSEABLE',
  'UNDECODABLE',
  'NAME_UNCERTAIN',
  'NO_ELIGIBLE_REVIEWER',
  'DENIED_BY_REVIEWER',
  'CHANGES_REQUESTED',
  'EXPIRED',
  'REVOKED',
  'CANCELLED_BY_REQUESTER',
  'CANCELLED_BY_OTHER',
  'ALREADY_RAN',
  'IDEMPOTENCY_CONFLICT',
  'LIMIT_EXCEEDED',
  'STORE_UNAVAILABLE',
  'AUDIT_UNAVAILABLE',
  'RECORDING_UNAVAILABLE',
  'UNMASKABLE',
  'LOGIN_EXPIRED',
  'ACCESS_DENIED',
  'CONNECTION_UNKNOWN',
  'PROTOCOL_VIOLATION',
  'PINNED_STATE_LOST',
  'UPSTREAM_UNREACHABLE',
  'UPSTREAM_UNTRUSTED',
  'UPSTREAM_REFUSED_LOGIN',
  'SESSION_KILLED',
  'GATEWAY_STOPPING',
  'INTERNAL',
] as const;

export type RefusalCode = (typeof refusalCodes)[number];

/** Why something did not run, in words for the person (or agent) who asked for it. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
  /** What the requester can do about it. */
  readonly hint?: string;
  /** The rules that led here, by name. */
  readonly rules?: readonly string[];
  readonly requestId?: string;
}

/** Carries a refusal through code that can only throw. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly refusal: Refusal;

  constructor(refusal: Refusal, options?: ErrorOptions) {
    super(refusal.message, options);
    this.refusal = refusal;
  }
}

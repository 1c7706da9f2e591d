import type { Refusal, RefusalCode } from '../../core/refusal.ts';
import type { HeldRequest } from '../../core/request.ts';
import { safeText } from '../../core/safe-text.ts';
import type { Answer } from '../http/faults.ts';
import type { RequestError } from '../http/wire/request-error.ts';

/**
 * Of metav1.Status. None of them makes kubectl or client-go try again, or believe that there is
 * no such object: neither NotFound, nor Conflict, nor a Retry-After is among them.
 */
interface Fault {
  readonly code: 400 | 401 | 403 | 429 | 500 | 503;
  readonly reason:
    | 'BadRequest'
    | 'Unauthorized'
    | 'Forbidden'
    | 'TooManyRequests'
    | 'InternalError'
    | 'ServiceUnavailable';
  /** What to do when the refusal itself does not say. */
  readonly hint?: string;
}

const denied: Fault = { code: 403, reason: 'Forbidden' };
const unavailable: Fault = { code: 503, reason: 'ServiceUnavailable' };
const mistaken: Fault = { code: 400, reason: 'BadRequest' };

const faults: Readonly<Record<RefusalCode, Fault>> = {
  DENIED_BY_RULE: denied,
  UNMATCHED: { ...denied, hint: 'No rule covers all that this does. Ask whoever keeps the rules.' },
  UNPARSEABLE: mistaken,
  UNDECODABLE: mistaken,
  NAME_UNCERTAIN: denied,
  NO_ELIGIBLE_REVIEWER: denied,
  DENIED_BY_REVIEWER: denied,
  CHANGES_REQUESTED: denied,
  EXPIRED: denied,
  REVOKED: denied,
  CANCELLED_BY_REQUESTER: denied,
  CANCELLED_BY_OTHER: denied,
  ALREADY_RAN: denied,
  IDEMPOTENCY_CONFLICT: mistaken,
  LIMIT_EXCEEDED: { code: 429, reason: 'TooManyRequests' },
  STORE_UNAVAILABLE: unavailable,
  AUDIT_UNAVAILABLE: unavailable,
  RECORDING_UNAVAILABLE: unavailable,
  UNMASKABLE: denied,
  LOGIN_EXPIRED: { code: 401, reason: 'Unauthorized', hint: 'Run: hoopx login' },
  ACCESS_DENIED: denied,
  CONNECTION_UNKNOWN: { ...denied, hint: 'Run: hoopx connections list' },
  PROTOCOL_VIOLATION: mistaken,
  PINNED_STATE_LOST: unavailable,
  UPSTREAM_UNREACHABLE: unavailable,
  UPSTREAM_UNTRUSTED: unavailable,
  UPSTREAM_REFUSED_LOGIN: unavailable,
  SESSION_KILLED: unavailable,
  GATEWAY_STOPPING: { ...unavailable, hint: 'Connect again in a moment.' },
  INTERNAL: { code: 500, reason: 'InternalError' },
};

const maxTextLength = 4000;

/** What kubectl prints: `Error from server (Forbidden): …`. */
export function statusAnswer(refusal: Refusal): Answer {
  const { code, reason, hint } = faults[refusal.code];
  const { message, rules = [], requestId } = refusal;
  const advice = refusal.hint ?? hint;
  const causes = [
    { reason: refusal.code, message },
    ...rules.map((rule) => ({ reason: 'HoopxRule', message: rule })),
    ...(requestId === undefined ? [] : [{ reason: 'HoopxRequest', message: requestId }]),
    ...(advice === undefined ? [] : [{ reason: 'HoopxHint', message: advice }]),
  ];
  const said = [
    `hoopx: ${message}`,
    ...(rules.length === 0 ? [] : [`(${rules.map((rule) => `rule "${rule}"`).join(', ')})`]),
    ...(requestId === undefined ? [] : [`[${requestId}]`]),
    ...(advice === undefined ? [] : [`${advice}`]),
  ];
  return status({ code, reason, message: said.join(' '), causes });
}

/** For a request that no rule was asked about. */
export function requestErrorStatus({ status: code, code: word, message }: RequestError): Answer {
  const reason =
    code === 403
      ? 'Forbidden'
      : code === 405
        ? 'MethodNotAllowed'
        : code === 415
          ? 'UnsupportedMediaType'
          : 'BadRequest';
  const causes = [{ reason: word, message }];
  return status({ code, reason, message: `hoopx: ${message}`, causes });
}

/** 202: it waits for approval without its client. */
export function acceptedStatus({ id, summary }: HeldRequest): Answer {
  return status({
    code: 202,
    reason: 'HoopxPending',
    message: `hoopx: ${summary} waits for approval as ${id}; look with: hoopx requests wait ${id}`,
    causes: [{ reason: 'HoopxRequest', message: id }],
  });
}

interface StatusParts {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly causes: readonly { readonly reason: string; readonly message: string }[];
}

/** metav1.Status (k8s.io/apimachinery, meta/v1/types.go). */
function status({ code, reason, message, causes }: StatusParts): Answer {
  const object = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: code < 400 ? 'Success' : 'Failure',
    message: shown(message),
    reason,
    details: { causes: causes.map((each) => ({ ...each, message: shown(each.message) })) },
    code,
  };
  const body = `${JSON.stringify(object)}\n`;
  return {
    status: code,
    headers: [
      ['Content-Type', 'application/json'],
      ['Content-Length', String(Buffer.byteLength(body))],
      ['Cache-Control', 'no-store'],
    ],
    body,
  };
}

function shown(text: string): string {
  const safe = safeText(text);
  return safe.length > maxTextLength ? `${safe.slice(0, maxTextLength - 1)}…` : safe;
}

import type { Refusal, RefusalCode } from '../../core/refusal.ts';
import type { HeldRequest } from '../../core/request.ts';
import { safeText } from '../../core/safe-text.ts';
import { holdPage } from './browser/hold-page.ts';
import { problemPage } from './browser/problem-page.ts';
import type { HttpRequest } from './http-request.ts';
import type { HeaderList } from './wire/header-list.ts';
import type { RequestError } from './wire/request-error.ts';

/** A whole answer of the gateway's own. */
export interface Answer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: string;
  /** The same for a person at a browser. */
  readonly page?: () => Answer;
}

interface Fault {
  /** RFC 9110, section 15. */
  readonly status: number;
  readonly title: string;
  /** What to do when the refusal itself does not say. */
  readonly hint?: string;
}

const denied: Fault = { status: 403, title: 'Not permitted' };
const notApproved: Fault = { status: 403, title: 'Not approved' };
const unavailable: Fault = { status: 503, title: 'The gateway cannot decide now' };
const badGateway: Fault = { status: 502, title: 'The service cannot be reached' };

const faults: Readonly<Record<RefusalCode, Fault>> = {
  DENIED_BY_RULE: denied,
  UNMATCHED: {
    ...denied,
    hint: 'No rule covers all that this does. Ask whoever keeps the rules.',
  },
  UNPARSEABLE: denied,
  UNDECODABLE: denied,
  NAME_UNCERTAIN: denied,
  NO_ELIGIBLE_REVIEWER: notApproved,
  DENIED_BY_REVIEWER: notApproved,
  CHANGES_REQUESTED: notApproved,
  EXPIRED: notApproved,
  REVOKED: notApproved,
  CANCELLED_BY_REQUESTER: { status: 403, title: 'Cancelled' },
  CANCELLED_BY_OTHER: { status: 403, title: 'Cancelled' },
  ALREADY_RAN: { status: 409, title: 'It has run already' },
  IDEMPOTENCY_CONFLICT: { status: 409, title: 'The idempotency key belongs to another request' },
  LIMIT_EXCEEDED: { status: 429, title: 'Too much at once' },
  STORE_UNAVAILABLE: unavailable,
  AUDIT_UNAVAILABLE: unavailable,
  RECORDING_UNAVAILABLE: unavailable,
  UNMASKABLE: denied,
  LOGIN_EXPIRED: { status: 403, title: 'Login required', hint: 'Run: hoopx login' },
  ACCESS_DENIED: denied,
  CONNECTION_UNKNOWN: {
    status: 404,
    title: 'No such connection',
    hint: 'Run: hoopx connections list',
  },
  PROTOCOL_VIOLATION: { status: 400, title: 'Not understood' },
  PINNED_STATE_LOST: badGateway,
  UPSTREAM_UNREACHABLE: badGateway,
  UPSTREAM_UNTRUSTED: badGateway,
  UPSTREAM_REFUSED_LOGIN: badGateway,
  SESSION_KILLED: { status: 503, title: 'The session was ended' },
  GATEWAY_STOPPING: {
    status: 503,
    title: 'The gateway is stopping',
    hint: 'Connect again in a moment.',
  },
  INTERNAL: { status: 500, title: 'The gateway failed' },
};

const maxTextLength = 4000;

/** `application/problem+json` (RFC 9457): what was refused, by what, and what to do. */
export function refusalAnswer(refusal: Refusal): Answer {
  const { status, title, hint } = faults[refusal.code];
  return problem(
    {
      type: `urn:hoopx:refusal:${refusal.code}`,
      title,
      status,
      detail: shown(refusal.message),
      code: refusal.code,
      rules: (refusal.rules ?? []).map(shown),
      requestId: refusal.requestId ?? null,
      hint: shown(refusal.hint ?? hint ?? ''),
    },
    refusal.requestId ?? null,
  );
}

/** For a request that no rule was asked about. */
export function requestErrorAnswer(error: RequestError): Answer {
  const { status, code, message } = error;
  return problem(
    {
      type: `urn:hoopx:request:${code}`,
      title: 'Not taken',
      status,
      detail: shown(message),
      code,
      rules: [],
      requestId: null,
      hint: '',
    },
    null,
  );
}

/** 202: it waits for approval without its client (RFC 9110, 15.3.3; RFC 7240). */
export function acceptedAnswer(held: HeldRequest, request: HttpRequest): Answer {
  const { id, digest, summary, state, rules, expiresAt, protocol, connection } = held;
  const object = {
    schema: 'hoopx.result/v1',
    requestId: id,
    status: state,
    final: false,
    source: 'hoopx',
    action: { connection: connection.name, protocol, digest, summary },
    decision: null,
    policy: { rules, revision: held.policyRevision },
    expiresAt: new Date(expiresAt).toISOString(),
    pollAfterMs: 5000,
    url: `/v1/requests/${encodeURIComponent(id)}`,
    next: `hoopx requests wait ${id}`,
    result: null,
    child: null,
  };
  const answer = json(202, 'application/json', object, [
    ['Preference-Applied', 'respond-async'],
    ['X-Hoopx-Request', id],
  ]);
  return { ...answer, page: () => holdPage(held, request) };
}

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly rules: readonly string[];
  readonly requestId: string | null;
  readonly hint: string;
}

function problem(object: Problem, requestId: string | null): Answer {
  const answer = json(object.status, 'application/problem+json', object, [
    ['X-Hoopx-Refusal', object.code],
    ...(requestId === null ? [] : [['X-Hoopx-Request', requestId] as const]),
  ]);
  return { ...answer, page: () => problemPage(object) };
}

function json(status: number, type: string, object: object, more: HeaderList): Answer {
  const body = `${JSON.stringify(object, null, 2)}\n`;
  const headers: HeaderList = [
    ['Content-Type', type],
    ['Content-Length', String(Buffer.byteLength(body))],
    ['Cache-Control', 'no-store'],
    ['X-Content-Type-Options', 'nosniff'],
    ...more,
  ];
  return { status, headers, body };
}

function shown(text: string): string {
  const safe = safeText(text);
  return safe.length > maxTextLength ? `${safe.slice(0, maxTextLength - 1)}…` : safe;
}

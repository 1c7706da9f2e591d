import type { PrincipalKind } from '../core/principal.ts';
import type { RefusalCode } from '../core/refusal.ts';
import type { Decision, HeldRequest, RequestMode, RequestState } from '../core/request.ts';

/**
 * The API between CLI, TUI and gateway: HTTPS, JSON, bearer token. Times are RFC 3339 in UTC.
 * Every route is listed in `server/`; anything else is refused.
 */

/** GET /v1/info, the one route without a token: what a login needs to know. */
export interface GatewayInfo {
  readonly name: 'hoopx';
  readonly version: string;
  readonly identity: readonly {
    readonly name: string;
    readonly issuer: string;
    readonly clientId: string;
    readonly scopes: readonly string[];
    /** RFC 8707 resource to ask for; null when the provider needs none. */
    readonly audience: string | null;
  }[];
}

export interface PrincipalView {
  readonly name: string;
  readonly subject: string;
  readonly issuer: string;
  readonly kind: PrincipalKind;
  readonly person: string;
  readonly groups: readonly string[];
  readonly groupsClaimMissing: boolean;
  readonly authenticatedBy: string;
}

/** GET /v1/whoami */
export interface WhoAmI extends PrincipalView {
  readonly tokenExpiresAt: string;
}

interface AnyConnectionView {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface PostgresConnectionView extends AnyConnectionView {
  readonly type: 'postgres';
  /** The database that is used unless the client names another of `databases`. */
  readonly database: string;
  readonly databases: readonly string[];
}

export interface SshConnectionView extends AnyConnectionView {
  readonly type: 'ssh';
  /** Whom a client is logged in as unless it names another of `users`. */
  readonly user: string;
  readonly users: readonly string[];
  /** The gateway's own host key, as in known_hosts: `ssh-ed25519 AAAA…`. */
  readonly hostKey: string;
}

export interface HttpConnectionView extends AnyConnectionView {
  readonly type: 'http';
  /** That are taken at all; rules say which of them pass. */
  readonly methods: readonly string[];
}

export interface KubernetesConnectionView extends AnyConnectionView {
  readonly type: 'kubernetes';
}

/** GET /v1/connections (only those the principal may use), GET /v1/connections/:name */
export type ConnectionView =
  | PostgresConnectionView
  | SshConnectionView
  | HttpConnectionView
  | KubernetesConnectionView;

/** POST /v1/tunnels */
export interface OpenTunnel {
  readonly connection: string;
  readonly mode: RequestMode;
  readonly reason?: string;
  readonly idempotencyKey?: string;
}

/** What became of one operation on a tunnel, newest last; what `exec` builds its result from. */
export interface OperationView {
  readonly summary: string;
  /** Null for what a live tunnel let through unreviewed: nobody needs it, and it costs. */
  readonly digest: string | null;
  readonly verdict: 'allow' | 'deny' | 'review';
  readonly rules: readonly string[];
  readonly policyRevision: string;
  readonly requestId: string | null;
  /** Null once it was let through. */
  readonly refusal: {
    readonly code: RefusalCode;
    readonly message: string;
    readonly hint: string | null;
  } | null;
  /** False while it is held. */
  readonly decided: boolean;
}

/**
 * POST /v1/tunnels, GET /v1/tunnels/:id. A tunnel lives while heartbeats
 * (POST /v1/tunnels/:id/heartbeat, each with a current token) arrive, and no longer than the
 * last token shown. GET /v1/tunnels/:id/stream with `Upgrade: hoopx-tunnel/1` carries one
 * client connection as raw bytes after the 101. DELETE ends it and every stream in it.
 */
export interface TunnelView {
  readonly id: string;
  readonly connection: ConnectionView;
  readonly mode: RequestMode;
  readonly expiresAt: string;
  readonly heartbeatEveryMs: number;
  /** The last 100. */
  readonly operations: readonly OperationView[];
}

/** POST /v1/tunnels/:id/heartbeat */
export interface TunnelHeartbeat {
  readonly expiresAt: string;
}

/**
 * GET /v1/tunnels/:id/events, server-sent: `event:` is the type, `data:` this object. What is
 * held already comes first. A live tunnel does not tell what it let through unreviewed. `kind`
 * is that of an SSH operation: `exec`, `direct_tcpip`.
 */
export type TunnelEvent =
  | { readonly type: 'held'; readonly request: RequestView; readonly kind: string | null }
  | { readonly type: 'decided'; readonly operation: OperationView; readonly kind: string | null }
  | { readonly type: 'closed'; readonly code: RefusalCode; readonly message: string };

/** A held request with times as RFC 3339, as its requester and those who may decide it see it. */
export interface RequestView
  extends Omit<
    HeldRequest,
    'createdAt' | 'expiresAt' | 'runBefore' | 'endedAt' | 'principal' | 'decisions' | 'erasedAt'
  > {
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly runBefore: string | null;
  readonly endedAt: string | null;
  /** When statement, parameters, reasons, salt and digest were erased: they are empty since. */
  readonly erasedAt?: string | null;
  readonly principal: PrincipalView;
  readonly decisions: readonly {
    readonly kind: 'approve' | 'deny' | 'request_changes';
    readonly by: PrincipalView;
    readonly at: string;
    readonly reason: string | null;
    readonly chain: string;
    readonly stage: number;
    readonly signature: Decision['signature'];
  }[];
  /** What is still missing, one line each: "1 of group dba (chain dba)". Empty when settled. */
  readonly awaiting: readonly string[];
  /** Whether the caller's decision would count now. */
  readonly mayDecide: boolean;
  /** Why not, when it would not: "your own request". */
  readonly mayNotDecideBecause: string | null;
  /** Whether it is the caller's own person's. */
  readonly own: boolean;
}

/** GET /v1/requests?state=pending&state=…&mine=true&connection=…&limit=…&cursor=… */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

/** POST /v1/requests/:id/decision; `digest` is what the reviewer was shown. */
export interface DecideRequest {
  readonly kind: 'approve' | 'deny' | 'request_changes';
  readonly digest: string;
  readonly reason?: string;
}

/** The same as it is sent: signed by a key that is enrolled as the caller's. */
export interface SignedDecideRequest extends DecideRequest {
  /** Over what `src/core/decision-statement.ts` says. */
  readonly signature: {
    readonly keyId: string;
    readonly time: string;
    readonly signature: string;
  };
}

/**
 * POST /v1/reviewer-keys answers 204: from now on what this key signs counts as the caller's.
 * `proof` is the key's own signature over `enrolmentText`, which names the caller's token.
 */
export interface EnrolKey {
  readonly publicKey: string;
  readonly proof: string;
  readonly origin: 'login' | 'token';
}

/** GET /v1/requests/events, server-sent: every change of a request that the caller may see. */
export interface RequestEvent {
  readonly type: 'request';
  readonly request: RequestView;
}

/**
 * Comes after each (re)connection, when everything pending has been sent as `request` events:
 * these are all of them. What a client still believes pending and is not here has changed meanwhile.
 */
export interface RequestsSynced {
  readonly type: 'synced';
  readonly pending: readonly string[];
}

export type RequestStreamEvent = RequestEvent | RequestsSynced;

/**
 * POST /v1/requests/:id/cancel: its requester cancels it; those who may review it take an
 * approval back. When it runs already, either of them, or an operator, ends its session.
 */
export interface CancelRequest {
  readonly reason?: string;
}

/** GET /v1/requests, as query parameters. */
export interface RequestQuery {
  readonly state?: readonly RequestState[];
  readonly mine?: boolean;
  readonly connection?: string;
  readonly limit?: number;
  readonly cursor?: string;
}

/** GET /v1/sessions (own; all for members of a group in `gateway.operators`), DELETE /v1/sessions/:id */
export interface SessionView {
  readonly id: string;
  readonly connection: string;
  readonly principal: PrincipalView;
  readonly client: string;
  readonly mode: RequestMode;
  readonly startedAt: string;
  /** What it waits for now. */
  readonly holding: string | null;
  readonly operations: number;
  /** The approved request by which masks are lifted in it. */
  readonly unmaskedBy?: string | null;
}

/** GET /v1/audit/records?after=…&limit=…, for operators: records as they stand in the log. */
export interface AuditPage {
  readonly lines: readonly string[];
  /** Where to go on: `after` of the next call. */
  readonly last: number;
}

/** GET /v1/connections and GET /v1/sessions, as query parameters. */
export interface PageQuery {
  readonly limit?: number;
  readonly cursor?: string;
}

export type ApiErrorCode =
  | RefusalCode
  | 'UNAUTHENTICATED'
  | 'NOT_FOUND'
  | 'BAD_REQUEST'
  | 'CONFLICT'
  | 'FORBIDDEN'
  | 'RATE_LIMITED'
  | 'KEY_NOT_ENROLLED';

/**
 * POST /v1/logout answers 204: the presented token is worth nothing from here on, and every
 * tunnel and session of its principal has ended.
 *
 * Every error body. `code` is a refusal code or one of the API's own. */
export interface ErrorBody {
  readonly error: {
    readonly code: ApiErrorCode;
    readonly message: string;
    readonly hint: string | null;
  };
}

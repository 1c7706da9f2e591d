import type { Duplex } from 'node:stream';
import type { ApprovalService } from '../../approvals/service.ts';
import type { Submission } from '../../core/approvals.ts';
import type { AuditLedger } from '../../core/audit-record.ts';
import type { Erasure, ErasureAsk } from '../../core/content-erasure.ts';
import type { Principal } from '../../core/principal.ts';
import type { Refusal } from '../../core/refusal.ts';
import type { HeldRequest } from '../../core/request.ts';
import type { ReviewerKeys } from '../../core/reviewer-keys.ts';
import type { ErasureView } from '../contract/erasures.ts';
import type { RecordingQuery, RecordingView } from '../contract/recordings.ts';
import type {
  ConnectionView,
  GatewayInfo,
  OpenTunnel,
  OperationView,
  Page,
  SessionView,
  TunnelView,
} from '../contract.ts';

/** Who makes a call, as their token says. Times are milliseconds since the epoch. */
export interface Caller {
  readonly principal: Principal;
  readonly tokenExpiresAt: number;
  /** For revocation; the token itself is not kept. */
  readonly tokenHash: string;
}

export interface Authentication {
  /** Throws `RefusedError` for a token that is not accepted. */
  authenticate(token: string): Promise<Caller>;
  /** The token is accepted no more. */
  revoke(caller: Caller): Promise<void>;
}

/** The requests, as people see and decide them. */
export type RequestDesk = Pick<
  ApprovalService,
  | 'get'
  | 'list'
  | 'decide'
  | 'cancelByRequester'
  | 'revoke'
  | 'eligibility'
  | 'awaiting'
  | 'subscribe'
>;

export type TunnelNotice =
  | { readonly type: 'held'; readonly request: HeldRequest; readonly kind: string | null }
  | { readonly type: 'decided'; readonly operation: OperationView; readonly kind: string | null }
  | { readonly type: 'closed'; readonly refusal: Refusal };

export interface Tunnel {
  readonly id: string;
  view(): TunnelView;
  /** Returns the new end of its life. */
  heartbeat(caller: Caller): number;
  close(refusal: Refusal): void;
  /** Throws `RefusedError`, or opens one client's stream and serves it for as long as it lives. */
  carry(open: () => Duplex): void;
  /** What is held now comes first, at once. */
  subscribe(listener: (notice: TunnelNotice) => void): () => void;
}

/** A tunnel is its principal's alone: to others there is none of that id. */
export interface Tunnels {
  open(caller: Caller, ask: OpenTunnel): Tunnel;
  find(caller: Caller, id: string): Tunnel | null;
  /** Ends all of a principal's tunnels, and the sessions in them. */
  endAllOf(principal: Principal, refusal: Refusal): void;
}

export interface Sessions {
  /** Those that the principal may see: their own, or all. */
  list(principal: Principal): readonly SessionView[];
  /** False when there is none that they may see. */
  kill(principal: Principal, id: string): boolean;
  /** Whether they may see, and end, everyone's. */
  isOperator(principal: Principal): boolean;
  /** Ends the session in which an approved request runs now; false when it runs in none. */
  endRunning(requestId: string, refusal: Refusal): boolean;
}

/** Own ones, and all for operators: to others there is none of that id. */
export interface RecordingDesk {
  list(caller: Caller, query: RecordingSearch): Promise<Page<RecordingView>>;
  find(caller: Caller, id: string): Promise<RecordingView | null>;
  /** Null where there is no such file. Whoever reads is taken down before. */
  open(caller: Caller, read: RecordingRead): Promise<AsyncIterable<Buffer> | null>;
}

export type RecordingSearch = {
  readonly [Key in keyof RecordingQuery]: RecordingQuery[Key] | undefined;
} & { readonly limit: number };

export interface RecordingRead {
  readonly id: string;
  readonly file: string;
  /** Goes on until the session has ended, or this is aborted. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

export interface Connections {
  /** Those that the principal may use, by name. */
  list(principal: Principal): readonly ConnectionView[];
  find(principal: Principal, name: string): ConnectionView | null;
}

/** Asks that masks be lifted for a time. Throws `RefusedError`. */
export interface Unmaskings {
  ask(
    whose: { readonly principal: Principal; readonly connection: string },
    reason: string | null,
  ): Promise<Submission>;
}

/** For operators; that the principal is one has been seen to. */
export interface Erasures {
  erase(
    principal: Principal,
    ask: ErasureAsk,
  ): Promise<ErasureView | Extract<Erasure, { kind: 'refused' }>>;
}

/** All that the control API can reach. */
export interface ControlPorts {
  readonly info: () => GatewayInfo;
  readonly authentication: Authentication;
  readonly requests: RequestDesk;
  readonly tunnels: Tunnels;
  readonly sessions: Sessions;
  readonly connections: Connections;
  readonly unmasking: Unmaskings;
  readonly reviewerKeys: ReviewerKeys;
  readonly recordings: RecordingDesk;
  readonly audit: Pick<AuditLedger, 'head' | 'after'>;
  readonly erasures: Erasures;
}

import type { Duplex } from 'node:stream';
import type { Principal } from '../../core/principal.ts';
import type { Refusal } from '../../core/refusal.ts';
import type { HeldRequest, RequestState } from '../../core/request.ts';
import type {
  ConnectionView,
  DecideRequest,
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

export interface RequestFilter {
  readonly states: readonly RequestState[];
  /** Only those of this principal's person. */
  readonly ownedBy: Principal | null;
  readonly connection: string | null;
  readonly limit: number;
  readonly cursor: string | null;
}

/** What a caller may do with a request, and see of it. */
export interface Standing {
  readonly own: boolean;
  /** Own, decided by the caller's person, or theirs to decide. Others do not learn that it exists. */
  readonly visible: boolean;
  readonly mayDecide: boolean;
  readonly mayNotDecideBecause: string | null;
  readonly awaiting: readonly string[];
}

/** The requests as people see them. Methods throw `RefusedError` for what cannot be done. */
export interface RequestDesk {
  list(filter: RequestFilter): Promise<Page<HeldRequest>>;
  find(id: string): Promise<HeldRequest | null>;
  decide(id: string, by: Principal, decision: DecideRequest): Promise<HeldRequest>;
  cancel(id: string, by: Principal, reason: string): Promise<HeldRequest>;
  standing(request: HeldRequest, principal: Principal): Standing;
  /** Calls for every change, until the returned function is called. */
  subscribe(listener: (request: HeldRequest) => void): () => void;
}

export type TunnelNotice =
  | { readonly type: 'held'; readonly request: HeldRequest }
  | { readonly type: 'decided'; readonly operation: OperationView }
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
}

export interface Connections {
  /** Those that the principal may use, by name. */
  list(principal: Principal): readonly ConnectionView[];
  find(principal: Principal, name: string): ConnectionView | null;
}

/** All that the control API can reach. */
export interface ControlPorts {
  readonly info: () => GatewayInfo;
  readonly authentication: Authentication;
  readonly requests: RequestDesk;
  readonly tunnels: Tunnels;
  readonly sessions: Sessions;
  readonly connections: Connections;
}

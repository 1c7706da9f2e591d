import type { Duplex } from 'node:stream';
import type { OperationGate } from '../core/gate.ts';
import type { Masking } from '../core/masking.ts';
import type { ConnectionIdentity } from '../core/policy.ts';
import type { Principal } from '../core/principal.ts';
import type { SessionRecorder } from '../core/recording.ts';
import type { Refusal } from '../core/refusal.ts';
import type { RequestMode } from '../core/request.ts';

/** What a client says as it arrives, before it may reach anything. */
export interface Arrival {
  /** As the client calls itself: PostgreSQL's application_name, an SSH version string. */
  readonly client: string;
}

/**
 * One client's admission to one connection. Holds the target's address and credentials:
 * there is no other way to them.
 */
export interface SessionGrant<Target> {
  readonly sessionId: string;
  readonly target: Target;
  readonly connection: ConnectionIdentity;
  readonly principal: Principal;
  readonly mode: RequestMode;
  readonly gate: OperationGate;
  /** What must be masked of all that is answered; null: nothing. */
  readonly masking: Masking | null;
  /** Takes down what the client is given: the last thing before it, after any masking. */
  readonly recorder: SessionRecorder;
  /** Aborted with a `RefusedError` when login expires, someone ends the session, or the gateway stops. */
  readonly signal: AbortSignal;
  /**
   * Aborted with a `RefusedError` when the gateway begins to stop: a session with nothing
   * running and no open transaction ends now, any other when it comes to that point.
   */
  readonly draining: AbortSignal;
  /** Called once, when the session is over. */
  ended(): void;
}

export type Admission<Target> =
  | { readonly kind: 'admitted'; readonly grant: SessionGrant<Target> }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** Handed to an adapter with each client stream. */
export interface Door<Target> {
  readonly principal: Principal;
  /** Access, login and limits are checked here; a session exists from then on. */
  admit(arrival: Arrival): Promise<Admission<Target>>;
}

/** One protocol. `serve` returns when the stream is finished; it never throws for what a peer did. */
export interface ProtocolAdapter<Target> {
  serve(client: Duplex, door: Door<Target>): Promise<void>;
}

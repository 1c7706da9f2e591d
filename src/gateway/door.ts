import type { AuditLog, SessionAudit } from '../audit/log.ts';
import type { ConnectionConfig } from '../config/gateway-config.ts';
import type { Approvals } from '../core/approvals.ts';
import { auditPrincipal } from '../core/audit-seal.ts';
import { andThen } from '../core/eventual.ts';
import type { Protocol } from '../core/facts.ts';
import { createOperationGate, type DecisionEvent, type DecisionTap } from '../core/gate.ts';
import type { ConnectionIdentity } from '../core/policy.ts';
import type { Principal } from '../core/principal.ts';
import { type Refusal, RefusedError } from '../core/refusal.ts';
import type { RequestMode } from '../core/request.ts';
import { watchedGate } from '../core/watched-gate.ts';
import type { Admission, Door } from '../protocols/adapter.ts';
import type { Recordings } from '../recording/recordings.ts';
import type { SessionRecording } from '../recording/session-recording.ts';
import { withoutAnswers } from '../recording/without-answers.ts';
import type { Tracing } from '../tracing/tracing.ts';
import { admissible, connectionIdentity, type Footing } from './footing.ts';
import type { Journal } from './journal.ts';
import type { Session, SessionRegistry } from './sessions.ts';
import type { Tally } from './tally.ts';
import { type Unmasking, withoutWords } from './unmasking.ts';

/** What a tunnel brings to each client stream in it. */
export interface Passage {
  readonly tunnelId: string;
  readonly principal: Principal;
  readonly connection: string;
  readonly protocol: Protocol;
  readonly mode: RequestMode;
  readonly reason: string | null;
  readonly idempotencyKey: string | null;
  readonly journal: Journal;
  /** Why the tunnel has ended, once it has. */
  ended(): Refusal | null;
}

export interface DoorOptions<Target> {
  readonly passage: Passage;
  readonly footing: () => Footing;
  readonly targetOf: (config: ConnectionConfig) => Target;
  readonly sessions: SessionRegistry;
  readonly approvals: Approvals;
  readonly audit: Pick<AuditLog, 'began'>;
  readonly recordings: Recordings;
  readonly unmasking: Pick<Unmasking, 'lift'>;
  readonly tally: Pick<Tally, 'decided' | 'refused'>;
  /** Null: nobody follows what happens. */
  readonly tracing: Pick<Tracing, 'sessionBegan' | 'sessionRefused'> | null;
  readonly reminderMs: number;
  readonly onOutcomeLost: (requestId: string, error: unknown) => void;
  /** Something was refused because of a failure of ours. */
  readonly onFailure: (error: unknown, refusal: Refusal | null) => void;
}

interface Takers {
  readonly audit: SessionAudit;
  readonly recording: SessionRecording;
}

/** Where a client stream becomes a session: tunnel, access and limits are checked as it enters. */
export function createDoor<Target>(options: DoorOptions<Target>): Door<Target> {
  const { passage, sessions } = options;

  async function enter(client: string): Promise<Admission<Target>> {
    const over = passage.ended();
    if (over !== null) return { kind: 'refused', refusal: over };
    const footing = options.footing();
    const config = admissible(footing, passage);
    const target = options.targetOf(config);
    const connection = connectionIdentity(passage.connection, config);
    const { tunnelId, principal, mode, reason, idempotencyKey } = passage;
    const session = sessions.begin({
      tunnelId,
      connection: connection.name,
      protocol: passage.protocol,
      principal,
      client,
      mode,
    });
    const lifted = await lift(session, footing);
    const audit = await begun(session, footing);
    const recording = await record(session, connection, { footing, audit });
    const { protocol } = passage;
    const about = { ...session, protocol, target: { host: config.host, port: config.port } };
    const trace = options.tracing?.sessionBegan(about) ?? null;
    const gate = createOperationGate({
      principal,
      connection,
      mode,
      reason,
      idempotencyKey,
      sessionId: session.id,
      policy: footing.policy,
      approvals: lifted ? withoutWords(options.approvals) : options.approvals,
      tap: tapFor(session, connection, { audit, recording }),
      reminderMs: options.reminderMs,
    });
    return {
      kind: 'admitted',
      grant: {
        sessionId: session.id,
        target,
        connection,
        principal,
        mode,
        gate: trace === null ? gate : watchedGate(gate, trace.watch),
        masking: footing.masking.maskingFor(
          { connection, principal, protocol: passage.protocol },
          { lifted },
        ),
        recorder: lifted ? withoutAnswers(recording) : recording,
        signal: session.signal,
        draining: session.draining,
        ended() {
          const refusal = refusalOf(session.signal);
          void recording.close(refusal);
          const operations = session.ended();
          audit.ended(operations);
          trace?.ended(refusal, operations);
        },
      },
    };
  }

  async function lift(session: Session, footing: Footing): Promise<boolean> {
    try {
      return await options.unmasking.lift(session, footing);
    } catch (error) {
      session.ended();
      throw error;
    }
  }

  /** Taken down before anything is known of the target. */
  async function begun(session: Session, footing: Footing): Promise<SessionAudit> {
    const { id, tunnelId, connection, protocol, mode, client, principal } = session;
    const began = { type: 'session_began', session: id, tunnel: tunnelId, protocol } as const;
    const recording = isRequired(footing, connection) ? 'required' : 'optional';
    const by = auditPrincipal(principal);
    const unmaskedBy = session.unmaskedBy();
    try {
      return await options.audit.began({
        ...{ ...began, connection, mode, client, principal: by, recording },
        ...(unmaskedBy === null ? {} : { unmaskedBy }),
      });
    } catch (error) {
      session.ended();
      throw error;
    }
  }

  /** Nothing of the session runs before its recording is open. */
  async function record(
    session: Session,
    connection: ConnectionIdentity,
    { footing, audit }: { readonly footing: Footing; readonly audit: SessionAudit },
  ): Promise<SessionRecording> {
    const { id, principal, client, mode } = session;
    const { protocol, reason } = passage;
    try {
      return await options.recordings.begin({
        about: {
          ...{ id, protocol, connection, principal, client, mode, reason },
          unmaskedBy: session.unmaskedBy(),
        },
        required: isRequired(footing, connection.name),
        onFailure: session.end,
      });
    } catch (error) {
      audit.ended(session.ended());
      throw error;
    }
  }

  function tapFor(
    session: Session,
    connection: ConnectionIdentity,
    { audit, recording }: Takers,
  ): DecisionTap {
    function noted(event: DecisionEvent): void {
      const request = event.request?.id ?? event.refusal?.requestId ?? null;
      session.decided(request, event.refusal === null);
      options.tally.decided(passage.protocol, event);
      passage.journal.decided(event, connection);
      if (event.cause !== undefined) options.onFailure(event.cause, event.refusal);
    }

    const taken = (event: DecisionEvent) =>
      andThen(audit.decided(event), () => recording.decided(event));

    return {
      held(request, operation, number) {
        passage.journal.held(request, operation);
        session.held(request);
        recording.held(request, operation, number);
      },
      decided(event) {
        if (event.refusal === null) return andThen(taken(event), () => noted(event));
        noted(event);
        return taken(event);
      },
      outcomeLost: options.onOutcomeLost,
    };
  }

  return {
    principal: passage.principal,
    async admit({ client }) {
      try {
        return await enter(client);
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        const { code } = error.refusal;
        options.tally.refused(code);
        options.tracing?.sessionRefused(passage.protocol, passage.principal, code);
        return { kind: 'refused', refusal: error.refusal };
      }
    },
  };
}

function isRequired({ config }: Footing, connection: string): boolean {
  return !config.recording.optionalFor.includes(connection);
}

function refusalOf({ aborted, reason }: AbortSignal): Refusal | null {
  return aborted && reason instanceof RefusedError ? reason.refusal : null;
}

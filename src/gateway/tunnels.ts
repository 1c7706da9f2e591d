import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { AuditLog } from '../audit/log.ts';
import type { OpenTunnel } from '../control/contract.ts';
import type { Caller, Tunnel, Tunnels } from '../control/server/ports.ts';
import { timeText } from '../control/server/views.ts';
import { auditPrincipal } from '../core/audit-seal.ts';
import type { Clock } from '../core/clock.ts';
import { type Principal, principalKey } from '../core/principal.ts';
import { type Refusal, RefusedError } from '../core/refusal.ts';
import type { Passage } from './door.ts';
import { admissible, connectionView, type Footing } from './footing.ts';
import { createJournal } from './journal.ts';

export interface TunnelLimits {
  readonly tunnelsPerPrincipal: number;
  readonly streamsPerTunnel: number;
  readonly heartbeatEveryMs: number;
  /** A tunnel that is not heard of for so long is dead. */
  readonly silenceMs: number;
  /** How long a session has to say goodbye when its tunnel ends. */
  readonly farewellMs: number;
}

export interface TunnelRegistry extends Tunnels {
  /** Ends those whose login or heartbeat ran out; called a few times a second. */
  sweep(): void;
  /** No new ones, and no new streams. */
  drain(refusal: Refusal): void;
  endAll(refusal: Refusal): void;
}

export interface TunnelRegistryOptions {
  readonly clock: Clock;
  readonly limits: TunnelLimits;
  readonly footing: () => Footing;
  /** Resolves when the stream is finished; does not reject for what the client did. */
  readonly serve: (stream: Duplex, passage: Passage) => Promise<void>;
  readonly endSessions: (tunnelId: string, refusal: Refusal) => void;
  readonly onDefect: (error: unknown, where: string) => void;
  readonly audit: Pick<AuditLog, 'note' | 'assertWritable'>;
}

interface Life {
  readonly tunnel: Tunnel;
  readonly principal: Principal;
  expiresAt: number;
  heardAt: number;
}

const loginExpired: Refusal = {
  code: 'LOGIN_EXPIRED',
  message: 'your login has expired',
  hint: 'Run: hoopx login',
};

export function createTunnelRegistry(options: TunnelRegistryOptions): TunnelRegistry {
  const { clock, limits } = options;
  const lives = new Map<string, Life>();
  let stopping: Refusal | null = null;

  function open(caller: Caller, ask: OpenTunnel): Tunnel {
    const { principal } = caller;
    if (stopping !== null) throw new RefusedError(stopping);
    const footing = options.footing();
    const config = admissible(footing, { connection: ask.connection, principal });
    const mine = [...lives.values()].filter((life) => belongsTo(life, principal));
    if (mine.length >= limits.tunnelsPerPrincipal) {
      throw tooMany(`you already have ${mine.length} tunnels open`);
    }
    options.audit.assertWritable();
    const id = `tun_${randomUUID()}`;
    const life: Life = {
      tunnel: createTunnel(id, caller, ask, connectionView(ask.connection, config, footing)),
      principal,
      expiresAt: caller.tokenExpiresAt,
      heardAt: clock(),
    };
    lives.set(id, life);
    const { connection, mode } = ask;
    const by = auditPrincipal(principal);
    options.audit.note({ type: 'tunnel_opened', tunnel: id, connection, mode, principal: by });
    return life.tunnel;
  }

  function createTunnel(
    id: string,
    { principal, tokenExpiresAt }: Caller,
    ask: OpenTunnel,
    connection: ReturnType<typeof connectionView>,
  ): Tunnel {
    const journal = createJournal(principal, ask.mode);
    const streams = new Set<Duplex>();
    let over: Refusal | null = null;
    const passage: Passage = {
      tunnelId: id,
      principal,
      connection: connection.name,
      protocol: connection.type,
      mode: ask.mode,
      reason: ask.reason ?? null,
      idempotencyKey: ask.idempotencyKey ?? null,
      journal,
      ended: () => over ?? stopping,
    };

    return {
      id,
      view: () => ({
        id,
        connection,
        mode: ask.mode,
        expiresAt: timeText(lives.get(id)?.expiresAt ?? tokenExpiresAt),
        heartbeatEveryMs: limits.heartbeatEveryMs,
        operations: journal.operations(),
      }),
      heartbeat(caller) {
        const life = lives.get(id);
        if (life === undefined) return clock();
        if (!saysTheSame(caller.principal, principal)) {
          life.tunnel.close(otherPrincipal);
          return clock();
        }
        life.heardAt = clock();
        life.expiresAt = caller.tokenExpiresAt;
        return life.expiresAt;
      },
      subscribe: journal.subscribe,
      carry(openStream) {
        const refusal = passage.ended();
        if (refusal !== null) throw new RefusedError(refusal);
        if (streams.size >= limits.streamsPerTunnel) {
          throw tooMany(`this tunnel already carries ${streams.size} clients`);
        }
        const stream = openStream();
        streams.add(stream);
        options
          .serve(stream, passage)
          .catch((error: unknown) => options.onDefect(error, `a stream to ${connection.name}`))
          .finally(() => {
            streams.delete(stream);
            finish(stream, limits.farewellMs);
          });
      },
      close(refusal) {
        if (over !== null) return;
        over = refusal;
        lives.delete(id);
        options.audit.note({ type: 'tunnel_closed', tunnel: id, code: refusal.code });
        options.endSessions(id, refusal);
        journal.closed(refusal);
        for (const stream of streams) destroyLater(stream, limits.farewellMs);
      },
    };
  }

  return {
    open,
    find(caller, id) {
      const life = lives.get(id);
      return life !== undefined && belongsTo(life, caller.principal) ? life.tunnel : null;
    },
    endAllOf(principal, refusal) {
      for (const life of lives.values()) if (belongsTo(life, principal)) life.tunnel.close(refusal);
    },
    sweep() {
      const now = clock();
      for (const { tunnel, expiresAt, heardAt } of lives.values()) {
        if (now >= expiresAt) tunnel.close(loginExpired);
        else if (now - heardAt >= limits.silenceMs) tunnel.close(silent(limits.silenceMs));
      }
    },
    drain(refusal) {
      stopping = refusal;
    },
    endAll(refusal) {
      for (const { tunnel } of lives.values()) tunnel.close(refusal);
    },
  };
}

/** Rights come with a token: a tunnel must not keep those of a token that is past. */
const otherPrincipal: Refusal = {
  code: 'LOGIN_EXPIRED',
  message: 'your login now says other groups, another kind or another person',
  hint: 'Connect again.',
};

function saysTheSame(one: Principal, other: Principal): boolean {
  return standingOf(one) === standingOf(other);
}

function standingOf({ kind, name, person, personNamespace, groups }: Principal): string {
  return JSON.stringify([kind, name, person, personNamespace, groups.toSorted()]);
}

function belongsTo(life: Life, principal: Principal): boolean {
  return principalKey(life.principal) === principalKey(principal);
}

function silent(milliseconds: number): Refusal {
  return {
    code: 'CANCELLED_BY_REQUESTER',
    message: `the client's machine was silent for ${Math.round(milliseconds / 1000)} s`,
  };
}

function tooMany(message: string): RefusedError {
  return new RefusedError({ code: 'LIMIT_EXCEEDED', message, hint: 'Close some of them first.' });
}

/** What is still to be written gets its chance; a peer who does not read it, no more than that. */
function finish(stream: Duplex, withinMs: number): void {
  if (stream.destroyed) return;
  stream.end();
  destroyLater(stream, withinMs);
}

function destroyLater(stream: Duplex, afterMs: number): void {
  const timer = setTimeout(() => stream.destroy(), afterMs);
  stream.once('close', () => clearTimeout(timer));
}

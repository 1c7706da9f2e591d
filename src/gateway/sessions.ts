import { randomUUID } from 'node:crypto';
import type { SessionView } from '../control/contract.ts';
import type { Sessions } from '../control/server/ports.ts';
import { principalView, timeText } from '../control/server/views.ts';
import type { Clock } from '../core/clock.ts';
import type { Protocol } from '../core/facts.ts';
import { type Principal, personKey, principalKey } from '../core/principal.ts';
import { type Refusal, RefusedError } from '../core/refusal.ts';
import type { HeldRequest, RequestMode } from '../core/request.ts';
import type { GatewayLog } from './log.ts';
import type { Tally } from './tally.ts';
import { grantOver } from './unmasking.ts';

export interface SessionStart {
  readonly tunnelId: string;
  readonly connection: string;
  readonly protocol: Protocol;
  readonly principal: Principal;
  readonly client: string;
  readonly mode: RequestMode;
}

export interface Session extends SessionStart {
  readonly id: string;
  /** Aborted with a `RefusedError`. */
  readonly signal: AbortSignal;
  /** Aborted when the gateway begins to stop. Each session has its own: none outlives it. */
  readonly draining: AbortSignal;
  held(request: HeldRequest): void;
  /** `request`: the one that was held; `runs`: whether it was let through. */
  decided(request: string | null, runs: boolean): void;
  /** The grant by which masks are lifted in it; the session ends with it, at the latest then. */
  unmasked(grant: string, endsInMs: number): void;
  unmaskedBy(): string | null;
  end(refusal: Refusal): void;
  /** The client is gone, and everything of it has been tidied up. How many operations it had. */
  ended(): number;
}

export interface SessionRegistry extends Sessions {
  /** Throws `RefusedError` when there are too many, or the gateway is stopping. */
  begin(start: SessionStart): Session;
  /** A request has come to its end: it runs no more, and sessions that it unmasked end. */
  requestEnded(requestId: string): void;
  endAll(refusal: Refusal, which?: (session: Session) => boolean): void;
  /** No new ones; those that wait for people end, now and as they come to it. */
  drain(refusal: Refusal): void;
  /** Resolves to true when none is left, to false when the time is over first. */
  emptied(withinMs: number): Promise<boolean>;
}

interface Entry {
  readonly session: Session;
  readonly drainage: AbortController;
  readonly startedAt: number;
  /** By id; a session of several channels may hold several. */
  readonly holding: Map<string, HeldRequest>;
  operations: number;
  grant: string | null;
  /** Ends it with its grant. */
  timer: NodeJS.Timeout | null;
}

interface SessionOptions {
  readonly clock: Clock;
  readonly log: GatewayLog;
  readonly tally: Pick<Tally, 'sessionBegan' | 'sessionEnded'>;
  readonly limit: number;
  readonly limitPerPrincipal: number;
  readonly isOperator: (principal: Principal) => boolean;
}

export function createSessionRegistry(options: SessionOptions): SessionRegistry {
  const entries = new Map<string, Entry>();
  const waiters = new Set<() => void>();
  /** Approved requests, and the sessions in which they run. A claim runs elsewhere than it was asked. */
  const running = new Map<string, Session>();
  let stopping: Refusal | null = null;

  function begin(start: SessionStart): Session {
    if (stopping !== null) throw new RefusedError(stopping);
    if (entries.size >= options.limit) {
      throw new RefusedError({
        code: 'LIMIT_EXCEEDED',
        message: `the gateway already serves ${options.limit} sessions`,
        hint: 'Try again when others have ended.',
      });
    }
    const own = principalKey(start.principal);
    const mine = [...entries.values()].filter(
      ({ session }) => principalKey(session.principal) === own,
    );
    if (mine.length >= options.limitPerPrincipal) {
      throw new RefusedError({
        code: 'LIMIT_EXCEEDED',
        message: `you already have ${mine.length} sessions`,
        hint: 'End some of them first.',
      });
    }
    const control = new AbortController();
    const drainage = new AbortController();
    const id = `ses_${randomUUID()}`;
    const { connection, client, mode, principal } = start;
    const logged = { session: id, connection, principal: principal.name, client, mode };
    const session: Session = {
      ...start,
      id,
      signal: control.signal,
      draining: drainage.signal,
      held(request) {
        entry.holding.set(request.id, request);
        if (stopping !== null) session.end(stopping);
      },
      decided(request, runs) {
        entry.operations += 1;
        if (request === null) return;
        entry.holding.delete(request);
        if (runs) running.set(request, session);
      },
      unmasked(grant, endsInMs) {
        entry.grant = grant;
        entry.timer = setTimeout(() => session.end(grantOver), Math.max(0, endsInMs));
      },
      unmaskedBy: () => entry.grant,
      end: (refusal) => control.abort(new RefusedError(refusal)),
      ended() {
        if (!entries.delete(id)) return entry.operations;
        if (entry.timer !== null) clearTimeout(entry.timer);
        options.tally.sessionEnded(start.protocol);
        for (const [request, where] of running) if (where === session) running.delete(request);
        options.log.info({ ...logged, operations: entry.operations }, 'a session ended');
        if (entries.size === 0) for (const resolve of waiters) resolve();
        return entry.operations;
      },
    };
    const startedAt = options.clock();
    const entry: Entry = {
      ...{ session, drainage, startedAt, holding: new Map(), operations: 0 },
      ...{ grant: null, timer: null },
    };
    entries.set(id, entry);
    options.tally.sessionBegan(start.protocol);
    options.log.info(logged, 'a session began');
    return session;
  }

  function visible(viewer: Principal): Entry[] {
    const all = [...entries.values()];
    if (options.isOperator(viewer)) return all;
    return all.filter(({ session }) => isOwn(session.principal, viewer));
  }

  return {
    begin,
    list: (principal) => visible(principal).map(viewOf),
    kill(principal, id) {
      const entry = visible(principal).find(({ session }) => session.id === id);
      entry?.session.end({ code: 'SESSION_KILLED', message: `ended by ${principal.name}` });
      return entry !== undefined;
    },
    isOperator: options.isOperator,
    endRunning(requestId, refusal) {
      const session = running.get(requestId);
      session?.end(refusal);
      return session !== undefined;
    },
    requestEnded(requestId) {
      running.delete(requestId);
      for (const { session, grant } of entries.values()) {
        if (grant === requestId) session.end(grantOver);
      }
    },
    endAll(refusal, which = () => true) {
      for (const { session } of entries.values()) if (which(session)) session.end(refusal);
    },
    drain(refusal) {
      stopping = refusal;
      for (const { session, drainage, holding } of entries.values()) {
        drainage.abort(new RefusedError(refusal));
        if (holding.size > 0) session.end(refusal);
      }
    },
    async emptied(withinMs) {
      if (entries.size === 0) return true;
      return new Promise((resolve) => {
        const done = () => settle(true);
        const timer = setTimeout(() => settle(false), withinMs);
        const settle = (empty: boolean) => {
          clearTimeout(timer);
          waiters.delete(done);
          resolve(empty);
        };
        waiters.add(done);
      });
    },
  };
}

type Who = Pick<Principal, 'issuer' | 'subject' | 'person' | 'personNamespace'>;

/** One's own, and for a person also those of their agents and CI jobs. */
export function isOwn(principal: Who, viewer: Principal): boolean {
  if (principalKey(principal) === principalKey(viewer)) return true;
  return viewer.kind === 'human' && personKey(principal) === personKey(viewer);
}

function viewOf({ session, startedAt, holding, operations, grant }: Entry): SessionView {
  return {
    id: session.id,
    connection: session.connection,
    principal: principalView(session.principal),
    client: session.client,
    mode: session.mode,
    startedAt: timeText(startedAt),
    holding: holdingText([...holding.values()]),
    operations,
    unmaskedBy: grant,
  };
}

function holdingText([first, ...others]: readonly HeldRequest[]): string | null {
  if (first === undefined) return null;
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return `${first.id} ${first.summary}${more}`;
}

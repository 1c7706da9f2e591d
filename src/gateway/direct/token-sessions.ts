import { randomUUID } from 'node:crypto';
import type { Caller } from '../../control/server/ports.ts';
import type { Clock } from '../../core/clock.ts';
import { type Principal, principalKey } from '../../core/principal.ts';
import { type Refusal, RefusedError } from '../../core/refusal.ts';
import type { ClientExchange } from '../../protocols/http/client-exchange.ts';
import type { Passage } from '../door.ts';
import { createJournal } from '../journal.ts';
import type { DirectSession } from './direct-session.ts';

/** Sessions of clients that show a token with each request: one for each token and connection. */
export interface TokenSessions {
  /** Throws `RefusedError`. */
  answer(exchange: ClientExchange, caller: Caller, connection: string): Promise<void>;
  endAllOf(principal: Principal, refusal: Refusal): void;
  /** Ends those whose token has ended, and forgets those that are not used; a few times a second. */
  sweep(): void;
  /** No new ones, and nothing new in those there are. */
  drain(refusal: Refusal): void;
  endAll(refusal: Refusal): void;
}

export interface TokenSessionsOptions {
  readonly clock: Clock;
  /** Under way at a time. */
  readonly requestsPerPrincipal: number;
  readonly sessionFor: (passage: Passage) => DirectSession;
  readonly endSessions: (passageId: string, refusal: Refusal) => void;
}

/**
 * As long as one token says, and no longer: a client that shows its next one begins anew. So
 * nobody's token lives on in what was begun with it.
 */
interface Life {
  readonly id: string;
  readonly principal: Principal;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly session: DirectSession;
  over: Refusal | null;
}

const loginExpired: Refusal = {
  code: 'LOGIN_EXPIRED',
  message: 'the token with which this was begun has expired',
};

export function createTokenSessions(options: TokenSessionsOptions): TokenSessions {
  const { clock, requestsPerPrincipal } = options;
  const lives = new Map<string, Life>();
  const underWay = new Map<string, number>();
  let stopping: Refusal | null = null;

  function begin({ principal, tokenExpiresAt: expiresAt }: Caller, connection: string): Life {
    const id = `dir_${randomUUID()}`;
    const passage: Passage = {
      ...{ tunnelId: id, principal, connection },
      ...({ protocol: 'kubernetes', mode: 'live', reason: null, idempotencyKey: null } as const),
      journal: createJournal(principal, 'live'),
      ended: () => life.over ?? stopping,
    };
    const session = options.sessionFor(passage);
    const life: Life = { id, principal, expiresAt, session, over: null };
    return life;
  }

  function lifeOf(caller: Caller, connection: string): Life {
    const key = `${caller.tokenHash} ${connection}`;
    const life = lives.get(key) ?? begin(caller, connection);
    lives.set(key, life);
    return life;
  }

  function endWhich(which: (life: Life) => boolean, refusal: Refusal): void {
    for (const [key, life] of lives) {
      if (!which(life)) continue;
      life.over = refusal;
      lives.delete(key);
      options.endSessions(life.id, refusal);
    }
  }

  return {
    async answer(exchange, caller, connection) {
      if (stopping !== null) throw new RefusedError(stopping);
      const key = principalKey(caller.principal);
      const others = underWay.get(key) ?? 0;
      if (others >= requestsPerPrincipal) throw new RefusedError(tooMany(others));
      underWay.set(key, others + 1);
      try {
        await lifeOf(caller, connection).session.answer(exchange);
      } finally {
        const left = (underWay.get(key) ?? 1) - 1;
        if (left === 0) underWay.delete(key);
        else underWay.set(key, left);
      }
    },
    endAllOf(principal, refusal) {
      const own = principalKey(principal);
      endWhich((life) => principalKey(life.principal) === own, refusal);
    },
    sweep() {
      const now = clock();
      endWhich(({ expiresAt }) => now >= expiresAt, loginExpired);
      for (const [key, { session }] of lives) if (session.isIdle()) lives.delete(key);
    },
    drain(refusal) {
      stopping = refusal;
    },
    endAll: (refusal) => endWhich(() => true, refusal),
  };
}

function tooMany(count: number): Refusal {
  return {
    code: 'LIMIT_EXCEEDED',
    message: `${count} requests of yours are under way already`,
    hint: 'End some of them first.',
  };
}

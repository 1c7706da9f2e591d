import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Caller } from '../../control/server/ports.ts';
import type { Clock } from '../../core/clock.ts';
import { type Principal, principalKey } from '../../core/principal.ts';
import { type Refusal, RefusedError } from '../../core/refusal.ts';
import type { DirectSession } from '../direct/direct-session.ts';
import type { Passage } from '../door.ts';
import { createJournal } from '../journal.ts';

/** One browser that has logged in, at one host, for as long as its token says. */
export interface BrowserLogin {
  readonly host: string;
  readonly connection: string;
  readonly caller: Caller;
  readonly session: DirectSession;
}

export interface BrowserLogins {
  /** Returns the secret that the browser shows from now on. Throws `RefusedError`. */
  add(caller: Caller, place: Place): string;
  /** Null for a secret of another host, one that has ended, and one that never was. */
  find(secret: string, place: Place): BrowserLogin | null;
  end(login: BrowserLogin, refusal: Refusal): void;
  endAllOf(principal: Principal, refusal: Refusal): void;
  /** Ends those whose token has ended; called a few times a second. */
  sweep(): void;
  /** No new ones, and nothing new in those there are. */
  drain(refusal: Refusal): void;
  endAll(refusal: Refusal): void;
}

/** A host, and where it leads. */
export interface Place {
  readonly host: string;
  readonly connection: string;
}

export interface BrowserLoginsOptions {
  readonly clock: Clock;
  readonly limitPerPrincipal: number;
  readonly sessionFor: (passage: Passage) => DirectSession;
  readonly endSessions: (passageId: string, refusal: Refusal) => void;
}

interface Life {
  readonly login: BrowserLogin;
  readonly id: string;
  over: Refusal | null;
}

const loginExpired: Refusal = {
  code: 'LOGIN_EXPIRED',
  message: 'your login has expired',
  hint: 'Open the page again to log in.',
};

const supplanted: Refusal = {
  code: 'LOGIN_EXPIRED',
  message: 'you have logged in with too many other browsers since',
  hint: 'Open the page again to log in.',
};

/** Kept in memory, secrets as hashes: whoever reads them cannot show them. */
export function createBrowserLogins(options: BrowserLoginsOptions): BrowserLogins {
  const { clock } = options;
  const lives = new Map<string, Life>();
  let stopping: Refusal | null = null;

  function begin(caller: Caller, { host, connection }: Place): Life {
    const { principal } = caller;
    const id = `bro_${randomUUID()}`;
    const passage: Passage = {
      ...{ tunnelId: id, principal, connection },
      ...({ protocol: 'http', mode: 'live', reason: null, idempotencyKey: null } as const),
      journal: createJournal(principal, 'live'),
      ended: () => life.over ?? stopping,
    };
    const session = options.sessionFor(passage);
    const life: Life = { login: { host, connection, caller, session }, id, over: null };
    return life;
  }

  function end(key: string, life: Life, refusal: Refusal): void {
    if (life.over !== null) return;
    life.over = refusal;
    lives.delete(key);
    options.endSessions(life.id, refusal);
  }

  function endWhich(which: (login: BrowserLogin) => boolean, refusal: Refusal): void {
    for (const [key, life] of lives) if (which(life.login)) end(key, life, refusal);
  }

  function endOldestOf(principal: Principal): void {
    const mine = [...lives].filter(([, { login }]) => isOf(login, principal));
    for (const [key, life] of mine.slice(0, mine.length + 1 - options.limitPerPrincipal)) {
      end(key, life, supplanted);
    }
  }

  return {
    add(caller, place) {
      if (stopping !== null) throw new RefusedError(stopping);
      // People leave browsers without a word: the oldest gives way.
      endOldestOf(caller.principal);
      const secret = randomBytes(32).toString('base64url');
      lives.set(hashOf(secret), begin(caller, place));
      return secret;
    },
    find(secret, { host, connection }) {
      const key = hashOf(secret);
      const life = lives.get(key);
      if (life === undefined) return null;
      const { login } = life;
      if (login.host !== host || login.connection !== connection) return null;
      if (clock() < login.caller.tokenExpiresAt) return login;
      end(key, life, loginExpired);
      return null;
    },
    end: (login, refusal) => endWhich((each) => each === login, refusal),
    endAllOf: (principal, refusal) => endWhich((login) => isOf(login, principal), refusal),
    sweep() {
      const now = clock();
      endWhich(({ caller }) => now >= caller.tokenExpiresAt, loginExpired);
    },
    drain(refusal) {
      stopping = refusal;
    },
    endAll: (refusal) => endWhich(() => true, refusal),
  };
}

function isOf({ caller }: BrowserLogin, principal: Principal): boolean {
  return principalKey(caller.principal) === principalKey(principal);
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

import type { IdentityConfig } from '../../config/gateway-config.ts';
import type { Authentication } from '../../control/server/ports.ts';
import { createRateLimiter } from '../../control/server/rate-limit.ts';
import type { Clock } from '../../core/clock.ts';
import { type CodeLogin, createCodeLogin } from '../../identity/code-login.ts';
import { httpWords } from '../../protocols/http/http-dialect.ts';
import { createDirectSession } from '../direct/direct-session.ts';
import type { GatewayLog } from '../log.ts';
import { type DoorParts, httpDoor, type ProtocolAdapters } from '../protocols.ts';
import { type BrowserFront, createBrowserFront } from './browser-front.ts';
import { type BrowserLogins, createBrowserLogins } from './browser-logins.ts';
import { createSeal } from './cookies.ts';
import { createLoginFlow } from './login-flow.ts';

export interface BrowsersOptions {
  readonly clock: Clock;
  readonly log: GatewayLog;
  readonly adapters: Pick<ProtocolAdapters, 'http'>;
  readonly authentication: Authentication;
  readonly parts: DoorParts;
  readonly onDefect: (error: unknown, where: string) => void;
}

/** Browsers that come to the gateway itself, and not through a tunnel. */
export interface Browsers {
  readonly front: BrowserFront;
  readonly logins: BrowserLogins;
}

const limitPerPrincipal = 50;
const idleMs = 5 * 60_000;
const failureLimit = { burst: 20, perSecond: 0.5 };

export function createBrowsers(options: BrowsersOptions): Browsers {
  const { clock, log, adapters, authentication, parts, onDefect } = options;
  const logins = createBrowserLogins({
    clock,
    limitPerPrincipal,
    endSessions: (id, refusal) => parts.sessions.endAll(refusal, ({ tunnelId }) => tunnelId === id),
    sessionFor: (passage) =>
      createDirectSession({
        admit: (client) => httpDoor(parts, passage).admit({ client }),
        open: adapters.http.open,
        words: httpWords,
        standing: parts.footing,
        idleMs,
      }),
  });
  const flow = createLoginFlow({
    ...{ clock, log, seal: createSeal(), codeLogin: codeLogins(clock) },
    authenticate: authentication.authenticate,
  });
  const front = createBrowserFront({
    ...{ footing: parts.footing, logins, flow, onDefect },
    revoke: ({ caller }) => authentication.revoke(caller),
    failures: createRateLimiter(failureLimit, clock),
  });
  return { front, logins };
}

/** One for each entry of the configuration that is in force, which keeps what it has learnt. */
function codeLogins(clock: Clock): (identity: IdentityConfig) => CodeLogin {
  const known = new WeakMap<IdentityConfig, CodeLogin>();
  return (identity) => {
    const login = known.get(identity) ?? createCodeLogin(identity, clock);
    known.set(identity, login);
    return login;
  };
}

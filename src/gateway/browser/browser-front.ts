import type { Duplex } from 'node:stream';
import type { HttpConnectionConfig, IdentityConfig } from '../../config/gateway-config.ts';
import type { RateLimiter } from '../../control/server/rate-limit.ts';
import type { Refusal } from '../../core/refusal.ts';
import { absorbErrors } from '../../net/absorb-errors.ts';
import { answer } from '../../protocols/http/answering.ts';
import type { ClientExchange } from '../../protocols/http/client-exchange.ts';
import { type Answer, refusalAnswer, requestErrorAnswer } from '../../protocols/http/faults.ts';
import { serveHttp1 } from '../../protocols/http/http1-connection.ts';
import { defaultLimits } from '../../protocols/http/limits.ts';
import { IdleTimer } from '../../protocols/http/session.ts';

import { admissible, type Footing } from '../footing.ts';
import { type Arrival, isOwn, readArrival, withoutReach } from './arrival.ts';
import type { BrowserLogin, BrowserLogins } from './browser-logins.ts';
import { clearCookie, onlyCookie, sessionCookie } from './cookies.ts';
import type { LoginFlow, LoginPlace } from './login-flow.ts';
import {
  crossSite,
  loginNeeded,
  logoutQuestion,
  methodNotTaken,
  misdirected,
  noticePage,
} from './pages.ts';
import { callbackPath, logoutPath } from './paths.ts';

export interface BrowserFrontOptions {
  readonly footing: () => Footing;
  readonly logins: BrowserLogins;
  readonly flow: LoginFlow;
  /** The token of the login is accepted no more. */
  readonly revoke: (login: BrowserLogin) => Promise<void>;
  /** Logins that did not work, by address. */
  readonly failures: RateLimiter;
  readonly onDefect: (error: unknown, where: string) => void;
}

/** The hosts under which browsers reach connections at the gateway itself. */
export interface BrowserFront {
  leadsTo(host: string): boolean;
  /** Serves one connection that was made to such a host, over TLS. */
  serve(stream: Duplex, host: string, address: string): void;
}

interface Route {
  readonly host: string;
  readonly name: string;
  readonly identity: IdentityConfig;
}

/** Connections on which nobody asks for anything are closed; browsers open new ones. */
const idleMs = 60_000;

const loggedOut: Refusal = { code: 'LOGIN_EXPIRED', message: 'you have logged out' };

export function createBrowserFront(options: BrowserFrontOptions): BrowserFront {
  const { footing, logins, flow, failures } = options;

  async function handle(exchange: ClientExchange, host: string, address: string): Promise<void> {
    const route = routeTo(footing(), host);
    const arrival = route === null ? null : readArrival(exchange, host);
    if (route === null || arrival === null) return refuse(exchange, misdirected());
    if (isPath(arrival, callbackPath)) return finish(arrival, route, address);
    const login = loginOf(arrival, route);
    if (isPath(arrival, logoutPath)) return logOut(arrival, login);
    if (login === null) return askToLogIn(arrival, route);
    if (!isOwn(arrival)) return refuse(exchange, crossSite());
    await login.session.answer(insideOf(exchange));
  }

  function loginOf({ cookies }: Arrival, { host, name }: Route): BrowserLogin | null {
    const secret = onlyCookie(cookies, sessionCookie);
    return secret === null ? null : logins.find(secret, { host, connection: name });
  }

  async function askToLogIn(arrival: Arrival, route: Route): Promise<void> {
    const { exchange, method, browsing } = arrival;
    if (!browsing.navigates || method !== 'GET') return refuse(exchange, loginNeeded());
    answer(exchange, await flow.begin(arrival, placeOf(route)));
  }

  async function finish(arrival: Arrival, route: Route, address: string): Promise<void> {
    const { exchange, method } = arrival;
    if (method !== 'GET') return refuse(exchange, methodNotTaken());
    if (!failures.allows(address)) return refuse(exchange, refusalAnswer(tooManyFailures));
    const said = await flow.finish(arrival, placeOf(route));
    if (said.status >= 400) failures.take(address);
    answer(exchange, said);
  }

  async function logOut(arrival: Arrival, login: BrowserLogin | null): Promise<void> {
    const { exchange, method } = arrival;
    if (method !== 'GET' && method !== 'POST') return refuse(exchange, methodNotTaken());
    if (login === null) return refuse(exchange, gone());
    const { caller, connection } = login;
    if (method === 'GET')
      return answer(exchange, logoutQuestion(caller.principal.name, connection));
    if (!isOwn(arrival)) return refuse(exchange, crossSite());
    logins.end(login, loggedOut);
    await options.revoke(login);
    refuse(exchange, gone());
  }

  function placeOf(route: Route): LoginPlace {
    return {
      host: route.host,
      identity: route.identity,
      admit(caller) {
        const place = { host: route.host, connection: route.name };
        admissible(footing(), { ...place, principal: caller.principal });
        return logins.add(caller, place);
      },
    };
  }

  return {
    leadsTo: (host) => routeTo(footing(), host) !== null,
    serve(stream, host, address) {
      absorbErrors(stream);
      const idle = new IdleTimer(stream, idleMs);
      serveHttp1(stream, {
        limits: defaultLimits,
        handle: (exchange) => idle.during(handle(exchange, host, address)),
        notTaken: requestErrorAnswer,
        failed(error) {
          stream.destroy();
          options.onDefect(error, `a browser at ${host}`);
        },
      });
    },
  };
}

const tooManyFailures: Refusal = {
  code: 'LIMIT_EXCEEDED',
  message: 'too many logins from your address did not work',
  hint: 'Wait a little, and open the page again.',
};

/** Read anew for each request: the configuration may have been replaced. */
function routeTo({ config }: Footing, host: string): Route | null {
  for (const [name, connection] of Object.entries(config.connections)) {
    if (connection.type !== 'http' || connection.browser?.host !== host) continue;
    const identity = identityFor(config.identity, connection.browser);
    return identity === undefined ? null : { host, name, identity };
  }
  return null;
}

function identityFor(
  identities: readonly IdentityConfig[],
  { identity }: NonNullable<HttpConnectionConfig['browser']>,
): IdentityConfig | undefined {
  return identities.find(({ name }) => identity === null || name === identity);
}

function isPath({ target }: Arrival, path: string): boolean {
  return target === path || target.startsWith(`${path}?`);
}

function insideOf(exchange: ClientExchange): ClientExchange {
  return {
    ...exchange,
    respond: (head) => exchange.respond({ ...head, headers: withoutReach(head.headers) }),
  };
}

function gone(): Answer {
  return noticePage({
    status: 200,
    title: 'Logged out',
    text: 'This browser is not logged in here. Your login at the provider is its own matter.',
    link: { href: '/', text: 'Log in again' },
    headers: clearCookie(sessionCookie),
  });
}

/** What is left of the request is not read. */
function refuse(exchange: ClientExchange, said: Answer): void {
  exchange.closeAfter();
  answer(exchange, said);
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../core/clock.ts';
import { principalKey } from '../../core/principal.ts';
import { readBody } from './body.ts';
import { type EventSink, openEvents } from './events.ts';
import type { ControlLimits } from './limits.ts';
import type { Caller, ControlPorts } from './ports.ts';
import { notFound, Problem, unauthenticated } from './problem.ts';
import { createRateLimiter, type RateLimiter } from './rate-limit.ts';
import type { Answer, Call, Route } from './route.ts';
import { matchRoute, type RouteMatch } from './routes.ts';
import { switchProtocols } from './upgrade.ts';

export interface Dispatcher {
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
}

interface DispatcherOptions {
  readonly ports: ControlPorts;
  readonly clock: Clock;
  readonly limits: ControlLimits;
}

type RouteOf<Kind extends Route['kind']> = Extract<Route, { kind: Kind }>;

interface Located {
  readonly pathname: string;
  readonly searchParams: URLSearchParams;
}

const addressLimitHint = 'Too many tokens that were not accepted came from your address.';

/** The one way from a request to a route: listed, authenticated, within limits, then handled. */
export function createDispatcher({ ports, clock, limits }: DispatcherOptions): Dispatcher {
  const calls = createRateLimiter(limits.calls, clock);
  const streams = createRateLimiter(limits.streams, clock);
  const failures = createRateLimiter(limits.failures, clock);
  const followers = new Map<string, Set<EventSink>>();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = urlOf(request);
    const match = matchRoute(request.method ?? '', url.pathname, false);
    if (match?.route.kind === 'open') {
      return reply(response, match.route.answer(ports));
    }
    const caller = await authenticate(request);
    limit(calls, caller);
    if (match === null) throw notFound();
    const { route } = match;
    if (route.kind === 'events') {
      return follow(route, callOf(match, caller, url, undefined), response);
    }
    if (route.kind !== 'call') throw notFound();
    const body = route.method === 'POST' ? await readBody(request) : undefined;
    reply(response, await route.answer(callOf(match, caller, url, body)));
    if (route.path === '/v1/logout') endFollowing(caller);
  }

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const url = urlOf(request);
    const match = matchRoute(request.method ?? '', url.pathname, true);
    const caller = await authenticate(request);
    limit(streams, caller);
    if (match?.route.kind !== 'upgrade') throw notFound();
    const { protocol, carry } = match.route;
    if (request.headers.upgrade !== protocol) throw notFound();
    await carry(callOf(match, caller, url, undefined), () =>
      switchProtocols(socket, head, protocol),
    );
  }

  async function follow(
    route: RouteOf<'events'>,
    call: Call,
    response: ServerResponse,
  ): Promise<void> {
    const key = principalKey(call.caller.principal);
    if ((followers.get(key)?.size ?? 0) >= limits.followers) {
      throw tooMany('Close some of your event streams.');
    }
    await route.follow(call, () => {
      const sink = openEvents(response);
      const others = followers.get(key) ?? new Set();
      followers.set(key, others.add(sink));
      // Nobody hears more than their token allows; a client comes back with its next one.
      const life = call.caller.tokenExpiresAt - clock();
      const expiry = setTimeout(() => sink.end(), Math.min(life, longestTimerMs));
      sink.signal.addEventListener('abort', () => {
        clearTimeout(expiry);
        others.delete(sink);
        if (others.size === 0) followers.delete(key);
      });
      return sink;
    });
  }

  function endFollowing(caller: Caller): void {
    for (const sink of followers.get(principalKey(caller.principal)) ?? []) sink.end();
  }

  async function authenticate(request: IncomingMessage): Promise<Caller> {
    const address = request.socket.remoteAddress ?? '';
    if (!failures.allows(address)) throw tooMany(addressLimitHint);
    try {
      const token = /^Bearer ([\w.~+/-]+=*)$/.exec(request.headers.authorization ?? '')?.[1];
      if (token === undefined) throw unauthenticated('a bearer token is needed');
      return await ports.authentication.authenticate(token);
    } catch (error) {
      failures.take(address);
      throw error;
    }
  }

  function callOf(match: RouteMatch, caller: Caller, url: Located, body: unknown): Call {
    const parameter = (name: string): string => {
      const value = match.parameters.get(name);
      if (value === undefined) throw new Error(`${match.route.path} has no :${name}`);
      return value;
    };
    return { caller, ports, parameter, query: url.searchParams, body };
  }

  return { answer, upgrade };
}

const longestTimerMs = 2 ** 31 - 1;

/** The path as it was sent: nothing is normalised before the route is chosen. */
function urlOf(request: IncomingMessage): Located {
  const [pathname = '', query = ''] = (request.url ?? '').split(/\?(.*)/s);
  return { pathname, searchParams: new URLSearchParams(query) };
}

function reply(response: ServerResponse, { status, body }: Answer): void {
  if (body === undefined) {
    response.writeHead(status, { 'cache-control': 'no-store' }).end();
    return;
  }
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(text);
}

function limit(limiter: RateLimiter, caller: Caller): void {
  if (!limiter.take(principalKey(caller.principal))) throw tooMany('Wait a little, and try again.');
}

function tooMany(hint: string): Problem {
  return new Problem(429, 'RATE_LIMITED', 'too many calls', { hint, retryAfter: 1 });
}

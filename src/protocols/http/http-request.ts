import { isLoopback } from '../../core/loopback.ts';
import type { ClientExchange } from './client-exchange.ts';
import { authorityOf, type HttpTarget, originOf } from './target.ts';
import { type Browsing, readBrowsing } from './wire/browsing.ts';
import { type Framing, readFraming } from './wire/framing.ts';
import { forwardableRequestHeaders, impersonationHeaders } from './wire/header-hygiene.ts';
import { type HeaderList, tokensOf } from './wire/header-list.ts';
import { ownOrigin } from './wire/origin.ts';
import { preferredWaitMs } from './wire/prefer.ts';
import { RequestError } from './wire/request-error.ts';
import { hostNameOf, parseRequestTarget, type RequestTarget } from './wire/request-target.ts';
import { readUpgrade, type UpgradeRequest } from './wire/upgrade.ts';

/** What is known of a request's body as it is decided. */
export type RequestBody =
  | { readonly kind: 'none' }
  /** All of it, held in memory. */
  | { readonly kind: 'read'; readonly bytes: Buffer; readonly trailers: HeaderList }
  /** More than is held in memory, or nobody has had to look. */
  | { readonly kind: 'unread' };

/** A request as it will leave, but for what the gateway adds. */
export interface HttpRequest {
  readonly method: string;
  readonly target: RequestTarget;
  /** What of the client's headers reaches the target. */
  readonly headers: HeaderList;
  /** Whom the client asks to be taken for (`Impersonate-*`): nothing of it is in `headers`. */
  readonly impersonation: HeaderList;
  readonly framing: Framing;
  readonly upgrade: UpgradeRequest | null;
  readonly acceptsTrailers: boolean;
  readonly body: RequestBody;
  /** RFC 7240: how long the client would wait; null: as long as it takes. */
  readonly waitMs: number | null;
  /** Left out where no browser can have asked. */
  readonly browsing?: Browsing;
}

export interface ReadingRules {
  readonly target: HttpTarget;
  /** Names in lower case that only the gateway sends: what it sets, and its credential. */
  readonly own: ReadonlySet<string>;
}

/** Reflecting requests would show the gateway's credential; CONNECT would go round it. */
const neverTaken: ReadonlySet<string> = new Set(['TRACE', 'TRACK', 'CONNECT']);

/** Throws a RequestError for what is not even looked at by rules. */
export function readRequest(exchange: ClientExchange, rules: ReadingRules): HttpRequest {
  const { method } = exchange;
  const { target, own } = rules;
  if (neverTaken.has(method) || !(target.methods.includes(method) || asksGateway(exchange))) {
    throw new RequestError('METHOD_NOT_ALLOWED', `${method} is not taken here`);
  }
  const asked = parseRequestTarget(exchange.rawTarget, exchange.headers);
  checkHost(asked.authority, target);
  const framing = exchange.openEnded ? openFraming(exchange) : readFraming(exchange.headers);
  const upgrade = readUpgrade(exchange.headers, framing);
  // Node hands the connection over where it saw an upgrade: both must have seen the same.
  if (upgrade !== null && exchange.takeOver === null) {
    throw new RequestError('MALFORMED', 'Upgrade can be read in two ways');
  }
  if (upgrade === null && exchange.takeOver !== null && framing.kind !== 'none') {
    throw new RequestError('NOT_SPOKEN', 'HTTP/2 is spoken by prior knowledge, not by an upgrade');
  }
  const origin = {
    authority: asked.authority?.toLowerCase() ?? null,
    targetOrigin: originOf(target),
    method,
    upgrade: upgrade !== null,
  };
  return {
    method,
    target: asked,
    headers: forwardableRequestHeaders(ownOrigin(exchange.headers, origin), {
      credential: target.credential.kind !== 'none',
      own,
    }),
    impersonation: impersonationHeaders(exchange.headers),
    framing,
    upgrade,
    acceptsTrailers: tokensOf(exchange.headers, 'te').includes('trailers'),
    body: framing.kind === 'none' ? { kind: 'none' } : { kind: 'unread' },
    waitMs: preferredWaitMs(exchange.headers),
    browsing: readBrowsing(method, exchange.headers),
  };
}

/** The pages of the gateway itself, under every service's host. */
export const gatewayPath = '/.hoopx/';

function asksGateway({ method, rawTarget }: ClientExchange): boolean {
  return method === 'GET' && rawTarget.startsWith(gatewayPath);
}

/** HTTP/2 frames the body itself; a length may be said besides, and is checked by its parser. */
function openFraming({ headers }: ClientExchange): Framing {
  const said = readFraming(headers);
  return said.kind === 'length' ? said : { kind: 'open' };
}

/**
 * A name that somebody else's DNS lets point to loopback must not open the tunnel to that
 * somebody's web page.
 */
function checkHost(authority: string | null, target: HttpTarget): void {
  if (authority === null) return;
  const name = hostNameOf(authority);
  const known = [target.host, ...target.hosts].map((host) => host.toLowerCase());
  if (isLoopback(name) || name.endsWith('.localhost') || known.includes(name)) return;
  if (authority.toLowerCase() === authorityOf(target).toLowerCase()) return;
  throw new RequestError('MISDIRECTED', `Host names ${name}, which is not this service`);
}

import { hostOnlyCookies, withoutGatewayCookies } from './gateway-cookies.ts';
import { foldedName, type HeaderList, tokensOf } from './header-list.ts';

/** RFC 9110, section 7.6.1, and what was taken for such before it. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-authentication-info',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** Who the client is, or where it comes from: only the gateway knows. */
const identity = new Set([
  'forwarded',
  'via',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-originating-ip',
  'true-client-ip',
  'client-ip',
  'cf-connecting-ip',
  'fastly-client-ip',
  'remote-user',
  'remote-addr',
  'x-user',
  'x-username',
  'x-authenticated-user',
  'x-client-cert',
  'x-client-verify',
  'x-arr-clientcert',
]);

const identityPrefixes = new RegExp(
  `^(${[
    'x-forwarded',
    'impersonate-',
    'x-remote-',
    'x-hoopx-',
    'x-auth-request-',
    'x-authenticated-',
    'x-webauth-',
    'x-goog-authenticated-',
    'x-goog-iap-',
    'x-amzn-oidc-',
    'x-ms-client-principal',
    'x-ssl-',
    'ssl-client-',
  ].join('|')})`,
);

/** What makes some servers see another method or path than the one that was decided on. */
const overrides = new Set([
  'x-http-method-override',
  'x-http-method',
  'x-method-override',
  'x-original-url',
  'x-original-uri',
  'x-original-method',
  'x-original-host',
  'x-rewrite-url',
  'x-host',
  'x-envoy-original-path',
]);

/** The gateway writes these anew: Host is the target's, the body's length was read. */
const rewritten = new Set(['host', 'content-length', 'expect', 'prefer']);

/** What says who asks: left out where the gateway brings the credential. */
const credentials = new Set(['authorization']);

export interface RequestHygiene {
  /** The gateway has a credential of its own for the target. */
  readonly credential: boolean;
  /** Further names, in lower case, that only the gateway may send. */
  readonly own: ReadonlySet<string>;
}

/** What of a client's headers may reach the target. The gateway's own are added to it. */
export function forwardableRequestHeaders(headers: HeaderList, rules: RequestHygiene): HeaderList {
  const named = namedByConnection(headers);
  return withoutTokenProtocols(withoutGatewayCookies(headers)).filter(([name]) => {
    const folded = foldedName(name);
    if (rewritten.has(folded) || named.has(folded) || isGatewaysOwn(folded)) return false;
    if (rules.credential && credentials.has(folded)) return false;
    return !rules.own.has(folded);
  });
}

/** How browsers bring a token of Kubernetes along, which cannot set Authorization. */
const tokenProtocol = /^base64url\.bearer\.authorization\.k8s\.io\./i;

/** Subprotocols of a WebSocket, without those that are a credential. */
function withoutTokenProtocols(headers: HeaderList): HeaderList {
  return headers.flatMap(([name, value]): HeaderList => {
    if (foldedName(name) !== 'sec-websocket-protocol') return [[name, value]];
    const offered = value.split(',').map((each) => each.trim());
    const kept = offered.filter((each) => each !== '' && !tokenProtocol.test(each));
    if (kept.length === offered.length) return [[name, value]];
    return kept.length === 0 ? [] : [[name, kept.join(', ')]];
  });
}

/** Never forwarded as they are. */
export function impersonationHeaders(headers: HeaderList): HeaderList {
  return headers.filter(([name]) => foldedName(name).startsWith('impersonate-'));
}

/** What of the target's headers may reach the client. */
export function forwardableResponseHeaders(headers: HeaderList): HeaderList {
  const named = namedByConnection(headers);
  return hostOnlyCookies(headers).filter(([name]) => {
    const folded = foldedName(name);
    return !hopByHop.has(folded) && !named.has(folded) && !folded.startsWith('x-hoopx-');
  });
}

/**
 * Trailers come when all has been decided, and some servers merge them with the headers
 * (RFC 9110, section 6.5.1): only those pass that could not change what a request means.
 */
export function forwardableTrailers(trailers: HeaderList): HeaderList {
  return trailers.filter(([name]) => {
    const folded = foldedName(name);
    const harmful =
      rewritten.has(folded) ||
      credentials.has(folded) ||
      isGatewaysOwn(folded) ||
      trailerForbidden.has(folded);
    return !harmful && !folded.startsWith('content-') && !folded.startsWith('if-');
  });
}

const trailerForbidden = new Set(['cookie', 'set-cookie', 'location', 'range', 'cache-control']);

function isGatewaysOwn(folded: string): boolean {
  return (
    hopByHop.has(folded) ||
    identity.has(folded) ||
    overrides.has(folded) ||
    identityPrefixes.test(folded)
  );
}

function namedByConnection(headers: HeaderList): ReadonlySet<string> {
  const named = tokensOf(headers, 'connection');
  return named.length === 0 ? nobody : new Set(named.map(foldedName));
}

const nobody: ReadonlySet<string> = new Set();

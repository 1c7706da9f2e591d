import { type CanonicalPath, canonicalPath } from './canonical-path.ts';
import { type HeaderList, valuesOf } from './header-list.ts';
import { parseQuery, type QueryPair } from './query.ts';
import { RequestError } from './request-error.ts';

/** What the decision is made on, and, to the byte, what will be asked of the target. */
export interface RequestTarget {
  /** As the client wrote it: `127.0.0.1:8080`. Null for HTTP/1.0 without Host. */
  readonly authority: string | null;
  readonly path: CanonicalPath;
  /** Without its question mark; null without one. */
  readonly query: string | null;
  readonly pairs: readonly QueryPair[];
}

const absoluteForm = /^https?:\/\/([^/?#]*)(.*)$/i;
const authorityForm = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9\-._~]+)(:[0-9]{1,5})?$/;

/**
 * RFC 9112, section 3.2: origin form, and absolute form where it names the same host as Host.
 * `raw` is the request line's, or `:path`. Throws a RequestError for all others.
 */
export function parseRequestTarget(raw: string, headers: HeaderList): RequestTarget {
  const host = hostOf(headers);
  const absolute = absoluteForm.exec(raw);
  if (absolute === null) return { authority: host, ...parseOrigin(raw) };
  const [, authority = '', rest = ''] = absolute;
  if (host === null || authority.toLowerCase() !== host.toLowerCase()) {
    throw ambiguous('the request line names another host than Host');
  }
  return { authority: host, ...parseOrigin(rest.startsWith('/') ? rest : `/${rest}`) };
}

/** Path and query as they leave. */
export function sentTarget({ path, query }: Pick<RequestTarget, 'path' | 'query'>): string {
  return query === null ? path.sent : `${path.sent}?${query}`;
}

/** The host of an authority, in lower case, without its port. */
export function hostNameOf(authority: string): string {
  return authority.replace(/:[0-9]*$/, '').toLowerCase();
}

function parseOrigin(raw: string): Pick<RequestTarget, 'path' | 'query' | 'pairs'> {
  if (raw.includes('#')) throw ambiguous('the request line has a fragment');
  const at = raw.indexOf('?');
  const path = canonicalPath(at === -1 ? raw : raw.slice(0, at));
  const query = at === -1 ? null : raw.slice(at + 1);
  return { path, query, pairs: query === null ? [] : parseQuery(query) };
}

function hostOf(headers: HeaderList): string | null {
  const hosts = valuesOf(headers, 'host');
  const [host] = hosts;
  if (host === undefined) return null;
  if (hosts.length > 1) throw ambiguous('the request has several Host headers');
  if (!authorityForm.test(host)) throw ambiguous('Host names no host');
  return host;
}

function ambiguous(message: string): RequestError {
  return new RequestError('AMBIGUOUS_TARGET', message);
}

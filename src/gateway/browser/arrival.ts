import type { ClientExchange } from '../../protocols/http/client-exchange.ts';
import { type Browsing, readBrowsing } from '../../protocols/http/wire/browsing.ts';
import { type HeaderList, onlyValueOf, valuesOf } from '../../protocols/http/wire/header-list.ts';
import { hostNameOf } from '../../protocols/http/wire/request-target.ts';
import { type Cookies, cookiesOf } from './cookies.ts';

/** One request to a host for browsers, before anything is known of who sends it. */
export interface Arrival {
  readonly exchange: ClientExchange;
  readonly method: string;
  /** As it was written. */
  readonly target: string;
  /** Of the host itself: `https://admin-api.hoopx.example.com`. */
  readonly origin: string;
  readonly cookies: Cookies;
  readonly browsing: Browsing;
}

/** Null for a request that names another host than the one that its connection was made to. */
export function readArrival(exchange: ClientExchange, host: string): Arrival | null {
  const { method, rawTarget, headers } = exchange;
  const authority = onlyValueOf(headers, 'host')?.toLowerCase() ?? '';
  if (hostNameOf(authority) !== host || !/^[a-z0-9.-]+(:[0-9]{1,5})?$/.test(authority)) return null;
  return {
    ...{ exchange, method },
    target: rawTarget,
    origin: new URL(`https://${authority}`).origin,
    cookies: cookiesOf(headers),
    browsing: readBrowsing(method, headers),
  };
}

/**
 * Whether a page of the host itself, or the person at the browser, sends this. Cookies alone do
 * not say so: sibling hosts are of the same site, and a link from anywhere brings them along.
 * What only opens a page may come from anywhere; nothing else may.
 */
export function isOwn({ method, origin, browsing, exchange }: Arrival): boolean {
  const { headers, takeOver } = exchange;
  const origins = valuesOf(headers, 'origin').map((each) => each.toLowerCase());
  const sites = valuesOf(headers, 'sec-fetch-site');
  if (origins.some((each) => each !== origin)) return false;
  const reads = (method === 'GET' || method === 'HEAD') && takeOver === null;
  if (reads && browsing.navigates) return true;
  if (sites.some((site) => site !== 'same-origin' && site !== 'none')) return false;
  return reads || origins.length > 0 || (sites.length > 0 && takeOver === null);
}

const keptPath = 1_500;

/** Where a browser is sent after its login: a path of the same host, or its first page. */
export function returnPath(target: string): string {
  const plain = /^\/(?![/\\])[\x21-\x7e]*$/.test(target) && !target.includes('\\');
  return plain && target.length <= keptPath && !target.startsWith('/.hoopx') ? target : '/';
}

/** What of a service's answer would reach beyond its own host. */
export function withoutReach(headers: HeaderList): HeaderList {
  return headers.filter(([name]) => name.toLowerCase() !== 'clear-site-data');
}

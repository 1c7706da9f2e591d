import type { HttpRequest } from './http-request.ts';
import type { HeaderList } from './wire/header-list.ts';

const credentials = /^(authorization|cookie)$|(^|-)(token|secret|api-?key|password|signature)$/;

/** Of headers whose values are shown to nobody, and that no rule sees. */
export function authenticates(name: string): boolean {
  return credentials.test(name.toLowerCase());
}

/** Of the client program and of tracing, and new with each try. */
const incidental: ReadonlySet<string> = new Set([
  'user-agent',
  'accept-encoding',
  'accept-language',
  'date',
  'traceparent',
  'tracestate',
  'baggage',
  'x-request-id',
  'x-correlation-id',
  'sec-websocket-key',
]);

/** How a browser came to ask for a page, and what it has of it: else its page could not ask again. */
const navigational: ReadonlySet<string> = new Set([
  'referer',
  'sec-fetch-site',
  'sec-fetch-mode',
  'sec-fetch-dest',
  'sec-fetch-user',
  'upgrade-insecure-requests',
  'cache-control',
  'pragma',
  'if-none-match',
  'if-modified-since',
  'dnt',
  'sec-gpc',
  'save-data',
  'priority',
]);

/** What an approval is bound to: the same command sent again is then the same request. */
export function meaningful({ headers, browsing }: HttpRequest): HeaderList {
  const left = (name: string) =>
    incidental.has(name) ||
    (browsing?.navigates === true && (navigational.has(name) || name.startsWith('sec-ch-')));
  return headers.filter(([name]) => !left(name.toLowerCase()));
}

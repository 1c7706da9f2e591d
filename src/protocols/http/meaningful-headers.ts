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

/** What an approval is bound to: the same command sent again is then the same request. */
export function meaningful(headers: HeaderList): HeaderList {
  return headers.filter(([name]) => !incidental.has(name.toLowerCase()));
}

import { createHash } from 'node:crypto';
import type { HttpClass, HttpFacts, HttpPair } from '../../core/facts.ts';
import type { JsonObject } from '../../core/json.ts';
import type { HttpDecidable, HttpOperation, Presentation } from '../../core/operation.ts';
import { readGraphql } from './graphql.ts';
import type { HttpRequest } from './http-request.ts';
import { patienceMs } from './patience.ts';
import { type HttpTarget, upstreamUserOf } from './target.ts';
import { type HeaderList, valuesOf } from './wire/header-list.ts';
import { parseJsonText } from './wire/json-text.ts';
import { isJson, mediaType } from './wire/media-type.ts';
import { sentTarget } from './wire/request-target.ts';

type ReadingRules = Pick<HttpTarget, 'graphql' | 'healthPath'>;

const maxShownBody = 16_384;

/** What rules see of a request; its body as far as it has been read. */
export function httpDecidable(request: HttpRequest, rules: ReadingRules): HttpDecidable {
  const { method, target, upgrade } = request;
  const line = `${method} ${sentTarget(target)}`;
  const body = readBody(request);
  const graphql = rules.graphql ? graphqlOf(request, body.facts) : 'none';
  const facts: HttpFacts = {
    protocol: 'http',
    classes: [classOf(request, rules, graphql === 'unknown' ? 'unknown' : body.class)],
    method,
    path: target.path.decoded,
    query: target.pairs,
    headers: shownHeaders(request.headers),
    upgrade: upgrade?.protocol.toLowerCase() ?? null,
    body: body.facts,
    graphql: typeof graphql === 'string' ? null : graphql,
  };
  return { protocol: 'http', facts, text: line, summary: line };
}

export interface HttpOperationParts {
  readonly request: HttpRequest;
  readonly decidable: HttpDecidable;
  readonly target: HttpTarget;
}

export function httpOperation(parts: HttpOperationParts): HttpOperation {
  const { request, decidable, target } = parts;
  const covered = request.upgrade === null && request.body.kind !== 'unread';
  return {
    decidable,
    database: null,
    upstreamUser: upstreamUserOf(target),
    claimable: covered,
    comesBack: patienceMs(request) !== null,
    action: () => requestAction(request),
    presentation: () => presentationOf(request),
  };
}

/**
 * The exact request, for the digest. Headers that change nothing that the service does are left
 * out, so that the same command sent again is the same request.
 */
export function requestAction(request: HttpRequest): JsonObject {
  const { method, target, body, upgrade } = request;
  return {
    form: 'http',
    method,
    path: target.path.sent,
    query: target.query,
    headers: meaningful(request).map(([name, value]) => [name.toLowerCase(), value]),
    upgrade: upgrade?.protocol ?? null,
    body: body.kind === 'read' ? { ...bodyDigest(body.bytes), trailers: body.trailers } : body.kind,
  };
}

function bodyDigest(bytes: Buffer) {
  return { length: bytes.length, sha256: createHash('sha256').update(bytes).digest('base64') };
}

function presentationOf(request: HttpRequest): Presentation {
  const { method, target, body, upgrade, headers } = request;
  const shown = shownHeaders(headers).map(({ name, value }) => `${name}: ${value}`);
  const bytes = body.kind === 'read' ? body.bytes : null;
  const text = bytes === null ? null : textOf(bytes);
  return {
    statement: [
      `${method} ${sentTarget(target)}`,
      ...shown,
      ...(text === null ? [] : ['', cut(text)]),
    ].join('\n'),
    parameters: target.pairs.map(({ name, value }) => ({ type: name, value })),
    notes: notesOf(bytes, text, headers),
    outline: [],
    transaction: null,
    inputNotReviewed: notReviewed(body.kind === 'unread', upgrade?.protocol ?? null),
  };
}

function notesOf(bytes: Buffer | null, text: string | null, headers: HeaderList): string[] {
  const notes: string[] = [];
  if (bytes !== null && text === null) {
    notes.push(`The body is not text: ${bytes.length} bytes, sha256 ${sha256(bytes)}.`);
  }
  if (text !== null && text.length > maxShownBody) {
    notes.push(`The body is longer than what is shown: ${bytes?.length} bytes.`);
  }
  const secret = headers.filter(([name]) => authenticating.has(name.toLowerCase()));
  for (const [name] of secret) notes.push(`The client's own ${name} goes with it.`);
  return notes;
}

function notReviewed(unread: boolean, protocol: string | null): string | null {
  if (protocol !== null) return `everything that is sent over ${protocol}`;
  return unread ? 'the request body' : null;
}

interface BodyReading {
  readonly facts: HttpFacts['body'];
  readonly class: HttpClass;
}

function readBody({ body, headers }: HttpRequest): BodyReading {
  if (body.kind === 'none') return { facts: { kind: 'none' }, class: 'plain' };
  if (body.kind === 'unread') return { facts: { kind: 'opaque' }, class: 'opaque' };
  if (valuesOf(headers, 'content-encoding').some((coding) => coding !== 'identity')) {
    return { facts: { kind: 'opaque' }, class: 'opaque' };
  }
  if (!isJson(headers)) return { facts: { kind: 'other' }, class: 'plain' };
  const json = parseJsonText(body.bytes);
  if (json === null) return { facts: { kind: 'opaque' }, class: 'unknown' };
  return { facts: { kind: 'json', value: json.value }, class: 'plain' };
}

/** Whether facts would come of the body. */
export function decodesBody({ headers }: HttpRequest): boolean {
  return isJson(headers) || mediaType(headers) === graphqlType;
}

const graphqlType = 'application/graphql';

function graphqlOf(request: HttpRequest, body: HttpFacts['body']) {
  const { body: read, headers, target } = request;
  const isDocument = mediaType(headers) === graphqlType && read.kind === 'read';
  const reading = readGraphql({
    pairs: target.pairs,
    json: body.kind === 'json' ? body.value : undefined,
    document: isDocument ? read.bytes.toString('utf8') : null,
  });
  return reading.kind === 'read' ? reading.facts : reading.kind;
}

function classOf(request: HttpRequest, { healthPath }: ReadingRules, body: HttpClass): HttpClass {
  const { method, target, upgrade } = request;
  if (upgrade !== null) return 'opaque';
  const asksHealth = target.path.decoded === healthPath && target.query === null;
  const reads = method === 'GET' || method === 'HEAD';
  return asksHealth && reads && body === 'plain' ? 'health' : body;
}

const authenticating = new Set(['authorization', 'cookie', 'x-api-key']);

function shownHeaders(headers: HeaderList): readonly HttpPair[] {
  return headers
    .map(([name, value]) => ({ name: name.toLowerCase(), value }))
    .filter(({ name }) => !authenticating.has(name));
}

/** Of the client program and of tracing, and new with each try. */
const incidental = new Set([
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
const navigational = new Set([
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

function meaningful({ headers, browsing }: HttpRequest): HeaderList {
  const left = (name: string) =>
    incidental.has(name) ||
    (browsing?.navigates === true && (navigational.has(name) || name.startsWith('sec-ch-')));
  return headers.filter(([name]) => !left(name.toLowerCase()));
}

function textOf(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

function cut(text: string): string {
  return text.length > maxShownBody ? `${text.slice(0, maxShownBody)}…` : text;
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

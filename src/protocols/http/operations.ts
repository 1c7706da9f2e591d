import { createHash } from 'node:crypto';
import type { HttpClass, HttpFacts, HttpPair } from '../../core/facts.ts';
import type { JsonObject } from '../../core/json.ts';
import type { HttpDecidable, HttpOperation } from '../../core/operation.ts';
import { readGraphql } from './graphql.ts';
import type { HttpRequest } from './http-request.ts';
import { authenticates, meaningful } from './meaningful-headers.ts';
import { patienceMs } from './patience.ts';
import { httpPresentation } from './presentation.ts';
import { type HttpTarget, upstreamUserOf } from './target.ts';
import { type HeaderList, valuesOf } from './wire/header-list.ts';
import { parseJsonText } from './wire/json-text.ts';
import { isJson, mediaType } from './wire/media-type.ts';
import { sentTarget } from './wire/request-target.ts';

/** How requests to one service are read. */
export type ReadingRules = Pick<HttpTarget, 'graphql' | 'healthPath'>;

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
    presentation: () => httpPresentation(request, decidable),
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

function shownHeaders(headers: HeaderList): readonly HttpPair[] {
  return headers
    .map(([name, value]) => ({ name: name.toLowerCase(), value }))
    .filter(({ name }) => !authenticates(name));
}

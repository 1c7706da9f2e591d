import { createHash } from 'node:crypto';
import type { KubernetesClass, KubernetesFacts, KubernetesRisk } from '../../core/facts.ts';
import type { JsonObject } from '../../core/json.ts';
import type { KubernetesDecidable, KubernetesOperation } from '../../core/operation.ts';
import type { HttpRequest } from '../http/http-request.ts';
import { foldedName, valuesOf } from '../http/wire/header-list.ts';
import { sentTarget } from '../http/wire/request-target.ts';
import { type ApiRequest, readApiRequest } from './api-request.ts';
import { presentationOf } from './presentation.ts';
import { isRbac, readObjects, risksOfPath } from './risks.ts';
import { summaryOf } from './summary.ts';
import { type KubernetesTarget, kubernetesUserOf } from './target.ts';
import type { ResourcePath } from './wire/api-path.ts';
import { flagOf, optionOf } from './wire/query-options.ts';
import { patchKindOf } from './wire/request-body.ts';

/** What rules see of a request; its body as far as it has been read. Throws a RequestError. */
export function kubernetesDecidable(request: HttpRequest): KubernetesDecidable {
  const api = readApiRequest(request);
  const facts = factsOf(request, api);
  const { method, target } = request;
  return {
    protocol: 'kubernetes',
    facts,
    text: `${method} ${sentTarget(target)}`,
    summary: summaryOf(facts, method),
  };
}

export interface KubernetesOperationParts {
  readonly request: HttpRequest;
  readonly decidable: KubernetesDecidable;
  readonly target: KubernetesTarget;
  readonly person: string;
  readonly preview: readonly string[];
}

export function kubernetesOperation(parts: KubernetesOperationParts): KubernetesOperation {
  const { request, decidable, target, person, preview } = parts;
  const covered = request.upgrade === null && request.body.kind !== 'unread';
  return {
    decidable,
    database: null,
    upstreamUser: kubernetesUserOf(target, person),
    claimable: covered && decidable.facts.verb !== 'connect',
    action: () => requestAction(request),
    presentation: () => presentationOf(request, decidable, preview),
  };
}

/**
 * The exact request, for the digest. Of its headers those that change what it does: what kubectl
 * says of itself is new with each try.
 */
function requestAction(request: HttpRequest): JsonObject {
  const { method, target, body, upgrade, headers, impersonation } = request;
  return {
    form: 'kubernetes',
    method,
    path: target.path.sent,
    query: target.query,
    contentType: [...valuesOf(headers, 'content-type')],
    contentEncoding: [...valuesOf(headers, 'content-encoding')],
    impersonation: impersonation.map(([name, value]) => [name.toLowerCase(), value]),
    upgrade: upgrade?.protocol.toLowerCase() ?? null,
    body:
      body.kind === 'read'
        ? {
            length: body.bytes.length,
            sha256: createHash('sha256').update(body.bytes).digest('base64'),
          }
        : body.kind,
  };
}

function factsOf(request: HttpRequest, api: ApiRequest): KubernetesFacts {
  const { target, headers } = request;
  const { pairs } = target;
  const place = api.path.kind === 'resource' ? api.path.place : null;
  const reading = readObjects(
    api.body.kind === 'object' ? api.body.shapes : [],
    place !== null && isRbac(place),
  );
  const risks = risksOf(request, api, place, reading.risks);
  const apply = patchKindOf(headers) === 'apply' && api.verb === 'patch';
  return {
    protocol: 'kubernetes',
    classes: classesOf(request, api, place, risks),
    verb: api.verb,
    resource: place === null ? null : resourceOf(place),
    namespace: api.namespace,
    name: api.name,
    everyNamespace: api.everyNamespace,
    path: target.path.decoded,
    risks,
    dryRun: api.dryRun,
    apply,
    force: apply && flagOf(pairs, 'force'),
    fieldManager: optionOf(pairs, 'fieldManager'),
    labelSelector: optionOf(pairs, 'labelSelector'),
    fieldSelector: optionOf(pairs, 'fieldSelector'),
    images: reading.images,
    container: optionOf(pairs, 'container'),
    command: commandOf(request, place),
    impersonate: request.impersonation.map(impersonated),
    body: bodyFacts(api),
  };
}

function resourceOf({ group, version, resource, subresource }: ResourcePath) {
  return { group, version, resource, subresource };
}

function bodyFacts({ body }: ApiRequest): KubernetesFacts['body'] {
  if (body.kind === 'none') return { kind: 'none' };
  return body.kind === 'object' ? { kind: 'object', value: body.value } : { kind: 'opaque' };
}

function risksOf(
  { impersonation }: HttpRequest,
  api: ApiRequest,
  place: ResourcePath | null,
  ofBody: readonly KubernetesRisk[],
): readonly KubernetesRisk[] {
  const writes = !isRead(api);
  const found = place === null ? [] : risksOfPath({ ...place, writes });
  const asked: KubernetesRisk[] = impersonation.length > 0 ? ['impersonation'] : [];
  return [...new Set([...found, ...ofBody, ...asked])];
}

/** Of subresources that hold a dry run: exec and its like would run all the same. */
const dryRunSubresources = new Set(['', 'status', 'scale']);

function classesOf(
  request: HttpRequest,
  api: ApiRequest,
  place: ResourcePath | null,
  risks: readonly KubernetesRisk[],
): readonly KubernetesClass[] {
  const { method, upgrade } = request;
  const { body } = api;
  const unread: KubernetesClass[] = body.kind === 'opaque' ? ['opaque'] : [];
  if (!isSound(request, api, place)) return ['unknown', ...unread];
  if (place === null) return ['discovery', ...unread];
  if (api.verb === 'connect') return ['exec'];
  if (upgrade !== null) unread.push('opaque');
  if (isRead(api)) return [method === 'HEAD' || method === 'GET' ? 'read' : 'unknown', ...unread];
  if (api.selfReview && risks.length === 0) return ['discovery', ...unread];
  const kept = !(api.dryRun && dryRunSubresources.has(place.subresource));
  return [kept ? 'write' : 'dry_run', ...unread];
}

/** What the API has, with a body that fits. */
function isSound(
  { method }: HttpRequest,
  { path, verb, body, mismatch }: ApiRequest,
  place: ResourcePath | null,
): boolean {
  const reads = method === 'GET' || method === 'HEAD';
  if (body.kind === 'unknown' || mismatch !== null) return false;
  if (place === null) return path.kind === 'discovery' && reads && body.kind === 'none';
  // Only a proxy has a path behind it, and its body is for the program there.
  if (place.rest.length > 0 && place.subresource !== 'proxy') return false;
  if (verb === 'connect') return place.name !== null;
  if (reads) return body.kind === 'none';
  if (place.watchPrefix || method === 'OPTIONS') return false;
  if (verb === 'create') return place.subresource !== '' || place.name === null;
  return verb === 'deletecollection' || place.name !== null;
}

function isRead({ verb }: ApiRequest): boolean {
  return verb === 'get' || verb === 'list' || verb === 'watch';
}

/** The words as the container's runtime gets them, for people: where one ends is not told. */
function commandOf({ target }: HttpRequest, place: ResourcePath | null): string | null {
  if (place?.subresource !== 'exec') return null;
  return target.pairs
    .filter(({ name }) => name === 'command')
    .map(({ value }) => value)
    .join(' ');
}

const impersonationPrefix = 'impersonate-';
const extraPrefix = 'extra-';

function impersonated([name, value]: readonly [string, string]): string {
  const what = foldedName(name).slice(impersonationPrefix.length);
  return what.startsWith(extraPrefix)
    ? `extra:${what.slice(extraPrefix.length)}=${value}`
    : `${what}:${value}`;
}

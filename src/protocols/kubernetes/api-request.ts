import type { KubernetesVerb } from '../../core/facts.ts';
import type { JsonValue } from '../../core/json.ts';
import type { HttpRequest } from '../http/http-request.ts';
import { type ApiPath, parseApiPath, type ResourcePath } from './wire/api-path.ts';
import { isObject } from './wire/patch-shape.ts';
import { flagOf, onlyValueIs, selectedName } from './wire/query-options.ts';
import { type KubernetesBody, readKubernetesBody } from './wire/request-body.ts';

/** A request as the API server would take it apart: path, method, query and body together. */
export interface ApiRequest {
  readonly path: ApiPath;
  readonly verb: KubernetesVerb;
  readonly namespace: string | null;
  readonly name: string | null;
  /** All of a kind, wherever it is. */
  readonly everyNamespace: boolean;
  readonly dryRun: boolean;
  readonly body: KubernetesBody;
  /** What one may do oneself. */
  readonly selfReview: boolean;
  /** What of the body contradicts the path; null where they agree. */
  readonly mismatch: string | null;
}

const connecting = new Set(['exec', 'attach', 'portforward', 'proxy']);

/** Throws a RequestError for a body that is not taken. */
export function readApiRequest(request: HttpRequest): ApiRequest {
  const path = parseApiPath(request.target.path.decoded);
  const place = path.kind === 'resource' ? path.place : null;
  const verb = verbOf(request, place);
  // What is asked about oneself is kept nowhere, whatever it says and however it is encoded.
  const selfReview = place !== null && isSelfReview(place, verb);
  const body: KubernetesBody = selfReview ? { kind: 'none' } : bodyOf(request, verb);
  if (place === null) {
    const nowhere = { namespace: null, name: null, everyNamespace: false };
    return { path, verb, body, selfReview, ...nowhere, dryRun: false, mismatch: null };
  }
  const many = verb === 'list' || verb === 'watch' || verb === 'deletecollection';
  return {
    ...{
      path,
      verb,
      body,
      selfReview,
      name: namedBy(place, request, body),
      namespace: place.namespace,
    },
    everyNamespace: many && place.namespace === null && place.name === null,
    dryRun: isDryRun(request, verb, body),
    mismatch: mismatchOf(place, verb, body),
  };
}

const selfReviews = new Set([
  'authorization.k8s.io/selfsubjectaccessreviews',
  'authorization.k8s.io/selfsubjectrulesreviews',
  'authentication.k8s.io/selfsubjectreviews',
]);

function isSelfReview(place: ResourcePath, verb: KubernetesVerb): boolean {
  const { group, resource, subresource, namespace, name } = place;
  const there = namespace === null && name === null && subresource === '';
  return verb === 'create' && there && selfReviews.has(`${group}/${resource}`);
}

/** What goes to a program in the cluster is no object. */
function bodyOf(request: HttpRequest, verb: KubernetesVerb): KubernetesBody {
  if (verb !== 'connect') return readKubernetesBody(request);
  return { kind: request.body.kind === 'none' ? 'none' : 'opaque' };
}

function verbOf({ method, target }: HttpRequest, place: ResourcePath | null): KubernetesVerb {
  if (place !== null && connecting.has(place.subresource)) return 'connect';
  switch (method) {
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return place !== null && place.name === null ? 'deletecollection' : 'delete';
    default:
      if (place === null) return 'get';
      if (place.watchPrefix) return 'watch';
      if (place.name !== null) return 'get';
      return flagOf(target.pairs, 'watch') ? 'watch' : 'list';
  }
}

/** Of the path, or of the object that is created; of a list, the one that it selects. */
function namedBy(
  place: ResourcePath,
  { method, target }: HttpRequest,
  body: KubernetesBody,
): string | null {
  if (place.name !== null) return place.name;
  if (method === 'POST') return metadataText(objectOf(body), 'name');
  return method === 'GET' || method === 'HEAD' ? selectedName(target.pairs) : null;
}

/**
 * Deletions take their options from the body if there is one, and then the query does not count
 * (k8s.io/apiserver, DeleteResource).
 */
function isDryRun({ target }: HttpRequest, verb: KubernetesVerb, body: KubernetesBody): boolean {
  switch (verb) {
    case 'delete':
    case 'deletecollection': {
      if (body.kind === 'none') return onlyValueIs(target.pairs, 'dryRun', 'All');
      const value = objectOf(body);
      const asked = isObject(value) ? value.dryRun : undefined;
      return Array.isArray(asked) && asked.length > 0 && asked.every((each) => each === 'All');
    }
    case 'create':
    case 'update':
    case 'patch':
      return onlyValueIs(target.pairs, 'dryRun', 'All');
    default:
      return false;
  }
}

/** What the API server would refuse as well: but a reviewer must not be shown the one for the other. */
function mismatchOf(
  { namespace, name, group, version, resource, subresource }: ResourcePath,
  verb: KubernetesVerb,
  body: KubernetesBody,
): string | null {
  if (verb !== 'create' && verb !== 'update' && verb !== 'patch') return null;
  if (body.kind !== 'object' || body.patch === 'json') return null;
  const { value } = body;
  const said = metadataText(value, 'name');
  if (name !== null && said !== null && said !== name) return `the body's name is ${said}`;
  const at = metadataText(value, 'namespace');
  const place = resource === 'namespaces' ? null : namespace;
  if (at !== null && at !== '' && at !== place) return `the body's namespace is ${at}`;
  if (subresource !== '') return null;
  const object = isObject(value) ? value : {};
  const wanted = group === '' ? version : `${group}/${version}`;
  if (object.apiVersion !== undefined && object.apiVersion !== wanted) {
    return `the body's apiVersion is ${String(object.apiVersion)}`;
  }
  return kindMismatch(group, resource, object.kind);
}

/** Only where plurals are known to follow the rules: custom resources may be called anything. */
function kindMismatch(group: string, resource: string, kind: JsonValue | undefined): string | null {
  if (kind === undefined || (group.includes('.') && !group.endsWith('.k8s.io'))) return null;
  const singular = String(kind).toLowerCase();
  const plurals = [singular, `${singular}s`, `${singular}es`, singular.replace(/y$/, 'ies')];
  return plurals.includes(resource) ? null : `the body's kind is ${String(kind)}`;
}

export function objectOf(body: KubernetesBody): JsonValue | undefined {
  return body.kind === 'object' ? body.value : undefined;
}

function metadataText(value: JsonValue | undefined, key: 'name' | 'namespace'): string | null {
  const metadata = isObject(value) ? value.metadata : undefined;
  const text = isObject(metadata) ? metadata[key] : undefined;
  return typeof text === 'string' ? text : null;
}

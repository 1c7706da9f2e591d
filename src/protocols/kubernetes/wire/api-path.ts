/** What a path of the Kubernetes API names, before its method and query say what is done to it. */
export type ApiPath =
  | { readonly kind: 'resource'; readonly place: ResourcePath }
  /** `/api`, `/apis/apps/v1`, `/version`, `/openapi/v3/…`, `/healthz`. */
  | { readonly kind: 'discovery' }
  | { readonly kind: 'other' };

export interface ResourcePath {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly namespace: string | null;
  readonly name: string | null;
  readonly subresource: string;
  /** What stands behind a subresource: of `proxy` a path in another program. */
  readonly rest: readonly string[];
  /** `/api/v1/watch/pods`, the older way to ask for a watch. */
  readonly watchPrefix: boolean;
}

const namespaceSubresources = new Set(['status', 'finalize']);
const checks = new Set(['healthz', 'livez', 'readyz']);
const documents = [
  /^\/version$/,
  /^\/openapi\/(v2|v3(\/.*)?)$/,
  /^\/swaggerapi(\/.*)?$/,
  /^\/\.well-known\/openid-configuration$/,
  /^\/openid\/v1\/jwks$/,
];

/**
 * Reads a decoded path as the API server does (k8s.io/apiserver, RequestInfoFactory). Segments
 * never hold a slash: the HTTP core refuses those that do.
 */
export function parseApiPath(decoded: string): ApiPath {
  const path = decoded.replace(/^\/+|\/+$/g, '');
  const parts = path === '' ? [] : path.split('/');
  const [root = ''] = parts;
  if (root === 'api') return grouped('', parts.slice(1));
  if (root === 'apis') {
    const [, group] = parts;
    return group === undefined ? { kind: 'discovery' } : grouped(group, parts.slice(2));
  }
  if (parts.length === 0 || checks.has(root)) return { kind: 'discovery' };
  const known = documents.some((pattern) => pattern.test(`/${path}`));
  return { kind: known ? 'discovery' : 'other' };
}

function grouped(group: string, [version, ...parts]: readonly string[]): ApiPath {
  if (version === undefined || parts.length === 0) return { kind: 'discovery' };
  const [first] = parts;
  // Gone since Kubernetes 1.10: what it would reach is no longer what it says.
  if (first === 'proxy') return { kind: 'other' };
  const watchPrefix = first === 'watch';
  const place = watchPrefix ? parts.slice(1) : parts;
  if (place.length === 0) return { kind: 'other' };
  return { kind: 'resource', place: { group, version, watchPrefix, ...placed(place) } };
}

function placed(parts: readonly string[]): Omit<ResourcePath, 'group' | 'version' | 'watchPrefix'> {
  const [first, namespace, next] = parts;
  if (first !== 'namespaces' || namespace === undefined) return within(null, parts);
  const isNamespaceItself = next === undefined || namespaceSubresources.has(next);
  return within(namespace, isNamespaceItself ? parts : parts.slice(2));
}

function within(namespace: string | null, parts: readonly string[]) {
  const [resource = '', name = null, subresource = '', ...rest] = parts;
  return { namespace, resource, name, subresource, rest };
}

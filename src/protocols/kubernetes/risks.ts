import type { KubernetesRisk } from '../../core/facts.ts';
import type { JsonValue } from '../../core/json.ts';

/** What is known before the body. */
export interface RiskyRequest {
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly writes: boolean;
}

const bySubresource: Readonly<Record<string, KubernetesRisk>> = {
  exec: 'exec',
  attach: 'attach',
  portforward: 'port_forward',
  proxy: 'proxy',
  ephemeralcontainers: 'ephemeral_containers',
  eviction: 'eviction',
  token: 'token',
};

const roles = new Set(['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings']);
/** What the API server asks, or believes, before it does anything else. */
const hooks = new Set([
  'mutatingwebhookconfigurations',
  'validatingwebhookconfigurations',
  'mutatingadmissionpolicies',
  'mutatingadmissionpolicybindings',
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
  'apiservices',
  'customresourcedefinitions',
]);

/** Of a request for a resource, its body left out. */
export function risksOfPath(request: RiskyRequest): readonly KubernetesRisk[] {
  const { group, resource, subresource, writes } = request;
  const found: KubernetesRisk[] = [];
  const known = Object.hasOwn(bySubresource, subresource) ? bySubresource[subresource] : undefined;
  if (known !== undefined) found.push(known);
  if (resource === 'secrets' && group === '') found.push('secret');
  if (!writes) return found;
  if (isRbac(request)) found.push('rbac');
  if (hooks.has(resource)) found.push('webhook');
  if (resource === 'certificatesigningrequests' && subresource !== '') found.push('csr_approval');
  return found;
}

export function isRbac({ group, resource }: Pick<RiskyRequest, 'group' | 'resource'>): boolean {
  return group === 'rbac.authorization.k8s.io' && roles.has(resource);
}

/** What containers ask for, wherever in an object a pod or a template of pods stands. */
export interface BodyReading {
  readonly risks: readonly KubernetesRisk[];
  readonly images: readonly string[];
}

/**
 * By the names of fields alone, so that templates inside templates and kinds that nobody here
 * knows are covered; what is text in the object (a ConfigMap's data) is not looked into.
 */
export function readObjects(shapes: readonly JsonValue[], rbac: boolean): BodyReading {
  const risks = new Set<KubernetesRisk>();
  const images = new Set<string>();

  function visit(value: JsonValue): void {
    if (typeof value !== 'object' || value === null) {
      if (rbac && typeof value === 'string' && escalating.has(value)) risks.add('escalation');
      return;
    }
    for (const [key, member] of Object.entries(value)) {
      if (asks(member) && hostFields.has(key)) risks.add('host_access');
      if (asks(member) && key === 'privileged') risks.add('privileged');
      if (key === 'procMount' && member !== 'Default') risks.add('privileged');
      if (key === 'capabilities' && addsAny(member)) risks.add('privileged');
      if (key === 'image' && typeof member === 'string') images.add(member);
      visit(member);
    }
  }

  for (const shape of shapes) visit(shape);
  return { risks: [...risks], images: [...images] };
}

/** Verbs that let their holder give away what they do not have, and the role that has all. */
const escalating = new Set([
  'escalate',
  'bind',
  'impersonate',
  '*',
  'cluster-admin',
  'system:masters',
]);

const hostFields = new Set([
  'hostNetwork',
  'hostPID',
  'hostIPC',
  'hostPath',
  'hostPort',
  'hostProcess',
]);

/** Anything but a plain no. */
function asks(value: JsonValue): boolean {
  return value !== false && value !== null && value !== 0;
}

function addsAny(capabilities: JsonValue): boolean {
  if (typeof capabilities !== 'object' || capabilities === null) return asks(capabilities);
  return Object.entries(capabilities).some(
    ([key, value]) => key === 'add' && asks(value) && !(Array.isArray(value) && value.length === 0),
  );
}

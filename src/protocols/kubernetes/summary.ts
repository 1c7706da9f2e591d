import type { KubernetesFacts } from '../../core/facts.ts';

/** One line: `delete deployments.apps web -n prod`. Not yet safe for a terminal. */
export function summaryOf(facts: KubernetesFacts, method: string): string {
  const { verb, name, namespace, everyNamespace, labelSelector, fieldSelector } = facts;
  const resource = resourceText(facts);
  if (resource === null) return `${method} ${facts.path}`;
  const { command, impersonate } = facts;
  return [
    ...(verb === 'connect' ? [] : [facts.apply ? 'apply' : verb]),
    resource,
    ...(name === null ? [] : [name]),
    ...(namespace === null ? [] : [`-n ${namespace}`]),
    ...(everyNamespace && namespacedAnyhow(facts) ? ['in all namespaces'] : []),
    ...(labelSelector === null ? [] : [`-l ${labelSelector}`]),
    ...(fieldSelector === null ? [] : [`--field-selector ${fieldSelector}`]),
    ...(facts.dryRun ? ['(dry run)'] : []),
    ...(facts.force ? ['--force-conflicts'] : []),
    ...(impersonate.length === 0 ? [] : [`as ${impersonate.join(', ')}`]),
    ...(command === null ? [] : [`-- ${command}`]),
  ].join(' ');
}

/** As RBAC and kubectl write it: `pods/exec`, `deployments.apps/scale`. Null for no resource. */
export function resourceText({ resource }: Pick<KubernetesFacts, 'resource'>): string | null {
  if (resource === null) return null;
  const group = resource.group === '' ? '' : `.${resource.group}`;
  const subresource = resource.subresource === '' ? '' : `/${resource.subresource}`;
  return `${resource.resource}${group}${subresource}`;
}

/** Whether a kind that is asked for without a namespace could be in one. */
function namespacedAnyhow({ resource }: KubernetesFacts): boolean {
  return (
    resource?.group !== '' ||
    !['namespaces', 'nodes', 'persistentvolumes'].includes(resource.resource)
  );
}

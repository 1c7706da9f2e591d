import type { KubernetesResource } from '../core/facts.ts';
import { compileGlob } from '../core/glob.ts';

/**
 * `pods`, `deployments.apps`, `pods/exec`, `*`: name, group and subresource are matched apart. A
 * group that is left out is any. A subresource that is left out is none for an allow rule, as in
 * RBAC, and any for one that makes stricter.
 */
export function compileResourceGlob(
  glob: string,
  every: boolean,
): (resource: KubernetesResource) => boolean {
  const [main = '', sub] = glob.split('/', 2);
  const dot = main.indexOf('.');
  const isName = compileGlob(dot === -1 ? main : main.slice(0, dot));
  const isGroup = dot === -1 ? () => true : compileGlob(main.slice(dot + 1));
  const isSub = sub === undefined ? (text: string) => !every || text === '' : compileGlob(sub);
  return ({ resource, group, subresource }) =>
    isName(resource) && isGroup(group) && isSub(subresource);
}

import type { Facts, KubernetesFacts } from '../core/facts.ts';
import type { FactVariables } from './fact-variables.ts';

/** What an expression reads as `kubernetes`; null for an operation that is none. */
export function kubernetesVariable(facts: Facts): FactVariables | null {
  return facts.protocol === 'kubernetes' ? variableOf(facts) : null;
}

function variableOf(facts: KubernetesFacts): FactVariables {
  const { classes, verb, resource, everyNamespace, path, risks, dryRun, apply, force } = facts;
  const { images, impersonate, body } = facts;
  return {
    ...{ classes, verb, everyNamespace, path, risks, dryRun, apply, force, images, impersonate },
    group: resource?.group ?? '',
    version: resource?.version ?? '',
    resource: resource?.resource ?? '',
    subresource: resource?.subresource ?? '',
    namespace: facts.namespace ?? '',
    name: facts.name ?? '',
    fieldManager: facts.fieldManager ?? '',
    labelSelector: facts.labelSelector ?? '',
    fieldSelector: facts.fieldSelector ?? '',
    container: facts.container ?? '',
    command: facts.command ?? '',
    body: body.kind,
    object: body.kind === 'object' ? body.value : null,
  };
}

/** What stands for it where the operation is of another protocol. */
export const noKubernetes: FactVariables = variableOf({
  protocol: 'kubernetes',
  classes: [],
  verb: 'get',
  resource: null,
  namespace: null,
  name: null,
  everyNamespace: false,
  path: '',
  risks: [],
  dryRun: false,
  apply: false,
  force: false,
  fieldManager: null,
  labelSelector: null,
  fieldSelector: null,
  images: [],
  container: null,
  command: null,
  impersonate: [],
  body: { kind: 'none' },
});

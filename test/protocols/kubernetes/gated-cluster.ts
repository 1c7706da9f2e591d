import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Masking } from '../../../src/core/masking.ts';
import type { Principal } from '../../../src/core/principal.ts';
import type { RequestMode } from '../../../src/core/request.ts';
import type { RuleSpec } from '../../../src/core/rules.ts';
import { Secret } from '../../../src/core/secret.ts';
import { createKubernetesAdapter } from '../../../src/protocols/kubernetes/adapter.ts';
import type { KubernetesTarget } from '../../../src/protocols/kubernetes/target.ts';
import type { KubeCluster } from '../../peers/kubernetes/cluster.ts';
import {
  type KubectlResult,
  kubectlEnv,
  type RunningKubectl,
  runKubectl,
  startKubectl,
} from '../../peers/kubernetes/kubectl.ts';
import { type Gated, startGate } from '../http/gated.ts';

export const standardRules: readonly RuleSpec[] = [
  { name: 'reads pass', kubernetes: { class: ['discovery', 'read', 'dry_run'] }, then: 'allow' },
  {
    name: 'config maps pass',
    kubernetes: { class: ['write'], resource: ['configmaps'], namespace: ['default'] },
    then: 'allow',
  },
  {
    name: 'writes need approval',
    kubernetes: { class: ['write'] },
    except: ['config maps pass'],
    then: 'review',
    chain: 'dba',
  },
  {
    name: 'never from the host',
    kubernetes: { risk: ['host_access', 'privileged'] },
    then: 'deny',
    message: 'No pod gets at its host.',
  },
];

export interface GatedCluster extends AsyncDisposable {
  readonly gated: Gated;
  kubectl(args: readonly string[], input?: string, env?: Env): Promise<KubectlResult>;
  /** One that goes on while the test does. */
  start(args: readonly string[], env?: Env): RunningKubectl;
}

type Env = Readonly<Record<string, string>>;

export interface GatedClusterOptions {
  readonly rules?: readonly RuleSpec[];
  readonly mode?: RequestMode;
  readonly masking?: Masking;
  readonly principal?: Principal;
  readonly target?: Partial<KubernetesTarget>;
}

/** A real API server behind the adapter, and kubectl pointed at the gate. */
export async function gateCluster(
  cluster: KubeCluster,
  options: GatedClusterOptions = {},
): Promise<GatedCluster> {
  const { hostname, port } = new URL(cluster.url);
  const target: KubernetesTarget = {
    ...{ scheme: 'https', host: hostname, port: Number(port) },
    tls: { ca: cluster.ca, cert: null, key: null, serverName: null },
    credential: { kind: 'bearer', token: new Secret(cluster.admin.token) },
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    ...{ healthPath: null, graphql: false, hosts: [], rewriteRedirects: false },
    ...{ tokenProgram: null, impersonate: null, diffs: true },
    ...options.target,
  };
  const { principal, mode, masking, rules = standardRules } = options;
  const gated = await startGate({
    ...{ adapter: createKubernetesAdapter(), target, rules },
    ...(principal === undefined ? {} : { principal }),
    ...(mode === undefined ? {} : { mode }),
    ...(masking === undefined ? {} : { masking }),
  });
  const file = path.join(cluster.folder, `gate-${gated.port}.json`);
  await writeFile(
    file,
    JSON.stringify({
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'gate' },
      clusters: [{ name: 'gate', cluster: { server: gated.url } }],
      users: [{ name: 'me', user: {} }],
      contexts: [{ name: 'gate', context: { cluster: 'gate', user: 'me' } }],
    }),
  );
  return {
    gated,
    kubectl: (args, input, env) => runKubectl(kubectlEnv(file, cluster.folder, env), args, input),
    start: (args, env) => startKubectl(kubectlEnv(file, cluster.folder, env), args),
    [Symbol.asyncDispose]: () => gated[Symbol.asyncDispose](),
  };
}

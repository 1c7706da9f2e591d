import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { KubernetesConnectionConfig } from '../../../src/config/gateway-config.ts';
import { type ControlClient, createControlClient } from '../../../src/control/client.ts';
import { kubernetesAddress } from '../../../src/control/contract/kubernetes-address.ts';
import type { RequestView } from '../../../src/control/contract.ts';
import type { RuleSpec } from '../../../src/core/rules.ts';
import { Secret } from '../../../src/core/secret.ts';
import { loadAdapters } from '../../../src/gateway/adapters.ts';
import type { GatewayLimits } from '../../../src/gateway/limits.ts';
import type { KubeCluster } from '../../peers/kubernetes/cluster.ts';
import {
  type KubectlResult,
  kubectlEnv,
  type RunningKubectl,
  runKubectl,
  startKubectl,
} from '../../peers/kubernetes/kubectl.ts';
import { type StartedGateway, startedGateway } from '../started-gateway.ts';

export const connectionName = 'k8s-prod';

export const standardRules: readonly RuleSpec[] = [
  {
    name: 'looking around',
    kubernetes: { class: ['discovery', 'read', 'dry_run'] },
    then: 'allow',
  },
  { name: 'changes wait', kubernetes: { class: ['write'] }, then: 'review', chain: 'dba' },
  { name: 'into pods', kubernetes: { risk: ['exec', 'port_forward'] }, then: 'allow' },
];

type Env = Readonly<Record<string, string>>;

export interface DirectGateway extends AsyncDisposable {
  readonly gateway: StartedGateway;
  /** What a kubeconfig has as `server`. */
  readonly server: string;
  /** A kubeconfig whose user shows this token. */
  kubeconfig(token: string, connection?: string): Promise<string>;
  kubectl(account: string, args: readonly string[], env?: Env): Promise<KubectlResult>;
  start(account: string, args: readonly string[], env?: Env): Promise<RunningKubectl>;
  /** The control API, with a token of one's own. */
  as(token: string): ControlClient;
  /** The one pending request, as a reviewer sees it. */
  held(): Promise<RequestView>;
}

export interface DirectGatewayOptions {
  readonly rules?: readonly RuleSpec[];
  readonly tokenSeconds?: number;
  readonly limits?: Partial<GatewayLimits>;
}

/** A real gateway, whose Kubernetes clients come without a tunnel. */
export async function directGateway(
  target: Partial<KubernetesConnectionConfig>,
  options: DirectGatewayOptions = {},
): Promise<DirectGateway> {
  const { tokenSeconds, limits, rules = standardRules } = options;
  const gateway = await startedGateway({
    ...{ adapters: await loadAdapters(), rules },
    ...(tokenSeconds === undefined ? {} : { tokenSeconds }),
    ...(limits === undefined ? {} : { limits }),
  });
  const connection = { ...anyCluster, ...target };
  gateway.configure((config) => ({
    ...config,
    connections: {
      ...config.connections,
      [connectionName]: connection,
      'k8s-closed': { ...connection, access: { groups: ['nobody'], users: [] } },
    },
  }));
  await gateway.reload();
  const folder = await mkdtemp(path.join(tmpdir(), 'hoopx-kubeconfig-'));
  const ca = Buffer.from(gateway.certificates.ca).toString('base64');
  let files = 0;

  async function kubeconfig(token: string, name = connectionName): Promise<string> {
    files += 1;
    const file = path.join(folder, `${files}.json`);
    const server = kubernetesAddress(gateway.url, name);
    await writeFile(
      file,
      JSON.stringify({
        ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'it' },
        clusters: [{ name: 'it', cluster: { server, 'certificate-authority-data': ca } }],
        users: [{ name: 'me', user: { token } }],
        contexts: [{ name: 'it', context: { cluster: 'it', user: 'me' } }],
      }),
    );
    return file;
  }

  const environment = async (account: string, env: Env = {}) =>
    kubectlEnv(await kubeconfig(await gateway.token(account)), folder, env);

  return {
    ...{ gateway, kubeconfig },
    server: kubernetesAddress(gateway.url, connectionName),
    kubectl: async (account, args, env) => runKubectl(await environment(account, env), args),
    start: async (account, args, env) => startKubectl(await environment(account, env), args),
    as(token) {
      const { url, certificates } = gateway;
      return createControlClient({ url, ca: certificates.ca, token: async () => token });
    },
    async held() {
      const reviewer = gateway.client('reviewer');
      for (;;) {
        const [request] = (await reviewer.listRequests({ state: ['pending'] })).items;
        if (request !== undefined) return request;
        await new Promise((resolve) => {
          setTimeout(resolve, 20);
        });
      }
    },
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

const anyCluster: KubernetesConnectionConfig = {
  ...({ type: 'kubernetes', scheme: 'http', host: '127.0.0.1', port: 0 } as const),
  ...{ labels: {}, revision: 'sha256:connection' },
  access: { groups: ['engineering'], users: [] },
  tls: { ca: null, cert: null, key: null, serverName: null },
  credential: { kind: 'none' },
  methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
  ...{ healthPath: null, graphql: false, hosts: [], rewriteRedirects: false },
  ...{ tokenProgram: null, impersonate: { systemGroups: [] }, diffs: true },
};

/** The gateway's account there may impersonate, and nothing else. */
export function connectionTo(cluster: KubeCluster): Partial<KubernetesConnectionConfig> {
  const { hostname, port } = new URL(cluster.url);
  return {
    ...{ scheme: 'https', host: hostname, port: Number(port) },
    tls: { ca: cluster.ca, cert: null, key: null, serverName: null },
    credential: { kind: 'bearer', token: new Secret(cluster.gateway.token) },
  };
}

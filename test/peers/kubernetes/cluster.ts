import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../free-port.ts';
import type { PeerName } from '../require-peer.ts';
import {
  type Account,
  account,
  type Certificate,
  kubeconfig,
  makeAuthority,
  signingKey,
  tokenFile,
  writeCertificate,
} from './credentials.ts';
import { type KubectlOptions, type KubectlResult, kubectlEnv, runKubectl } from './kubectl.ts';
import type { Program } from './program.ts';
import { says200, startApiServer, startEtcd, startKubelet, until } from './servers.ts';

export interface ClusterOptions {
  /** More accounts with a token; RBAC gives them nothing by itself. */
  readonly accounts?: readonly Account[];
  /** Default true: a node that takes every pod and runs its containers as plain processes. */
  readonly node?: boolean;
}

/**
 * etcd and a real kube-apiserver with RBAC, and a node. There are no controllers: a deployment
 * makes no pods, a namespace that is deleted never goes, nothing collects garbage, and the roles
 * that are aggregated (`view`, `edit`, `admin`) are empty: make roles of your own.
 */
export interface KubeCluster extends AsyncDisposable {
  /** `https://127.0.0.1:port` */
  readonly url: string;
  /** PEM. */
  readonly ca: string;
  /** In system:masters: RBAC refuses it nothing. */
  readonly admin: Account;
  /** May impersonate users, groups and their extra fields, and nothing else. */
  readonly gateway: Account;
  /** The gateway's name as a client certificate. */
  readonly certificate: Certificate;
  /** The node's name. */
  readonly node: string;
  /** Removed at the end. */
  readonly folder: string;
  /** The admin's, and what `kubectl` uses. */
  readonly kubeconfig: string;
  kubectl(args: readonly string[], options?: KubectlOptions): Promise<KubectlResult>;
  /** As `kubectl`; throws what it printed unless it exits with 0. */
  run(args: readonly string[], options?: KubectlOptions): Promise<string>;
  /** What the API server has logged. */
  log(): Promise<string>;
  /** What the node has logged. */
  nodeLog(): Promise<string>;
  /** The API server is gone until `startServer`, which answers on the same port. */
  endServer(signal?: NodeJS.Signals): Promise<void>;
  startServer(): Promise<void>;
  stop(): Promise<void>;
}

/** For `describeWith`. */
export const clusterPeers: readonly PeerName[] = [
  'kube-apiserver',
  'hoopx-kubelet',
  'etcd',
  'kubectl',
];

const node = 'node-1';

/** What the gateway's identity needs for `impersonate: true`. */
const impersonation = {
  apiVersion: 'v1',
  kind: 'List',
  items: [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'hoopx-impersonation' },
      rules: [
        { apiGroups: [''], resources: ['users', 'groups'], verbs: ['impersonate'] },
        {
          apiGroups: ['authentication.k8s.io'],
          resources: ['userextras/*'],
          verbs: ['impersonate'],
        },
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'hoopx-impersonation' },
      roleRef: {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: 'ClusterRole',
        name: 'hoopx-impersonation',
      },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'hoopx-gateway' }],
    },
  ],
};

/** Takes some seconds. Throws when its programs are not here: ask `describeWith` first. */
export async function startCluster(options: ClusterOptions = {}): Promise<KubeCluster> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hoopx-kubernetes-'));
  const at = (name: string) => path.join(folder, name);
  const running: Program[] = [];
  const stop = async () => {
    for (const program of running.reverse()) await program.end('SIGKILL');
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const admin = account('admin', ['system:masters']);
    const gateway = account('hoopx-gateway');
    const authority = await makeAuthority();
    await mkdir(at('node'));
    await writeCertificate(folder, authority.ca, await authority.issue('kube-apiserver'));
    await writeCertificate(at('node'), authority.ca, await authority.issue(node));
    await writeFile(at('service-accounts.key'), signingKey(), { mode: 0o600 });
    const accounts = [admin, gateway, ...(options.accounts ?? [])];
    await writeFile(at('tokens.csv'), tokenFile(accounts), { mode: 0o600 });

    const etcd = await startEtcd(folder);
    running.push(etcd.program);
    const port = await freePort();
    const url = `https://127.0.0.1:${port}`;
    await writeFile(at('kubeconfig'), kubeconfig(url, authority.ca, { token: admin.token }));
    const kubectl = (args: readonly string[], { env, input }: KubectlOptions = {}) =>
      runKubectl(kubectlEnv(at('kubeconfig'), folder, env), args, input);
    const run = async (args: readonly string[], more?: KubectlOptions) => {
      const { exitCode, stdout, stderr } = await kubectl(args, more);
      if (exitCode !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
      return stdout;
    };
    const startServer = async () => {
      server = startApiServer(folder, port, etcd.url);
      running.push(server);
      const there = (place: string) => says200(`${url}${place}`, authority.ca, admin.token);
      await until(
        server,
        async () => (await there('/readyz')) && there('/api/v1/namespaces/default'),
      );
    };
    let server: Program;
    await startServer();
    await run(['create', '-f', '-'], { input: JSON.stringify(impersonation) });
    const kubelet = options.node === false ? null : await startKubelet(folder, node);
    if (kubelet !== null) running.push(kubelet);
    return {
      ...{ url, ca: authority.ca, admin, gateway, node, folder, kubectl, run, startServer, stop },
      certificate: await authority.issue(gateway.name),
      kubeconfig: at('kubeconfig'),
      log: () => server.log(),
      nodeLog: async () => (await kubelet?.log()) ?? '',
      endServer: (signal) => server.end(signal),
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

import { kubernetesAddress } from '../../control/contract/kubernetes-address.ts';

/** How a kubeconfig that outlives this command reaches the gateway. */
export interface KubeconfigParts {
  /** `https://…`, without a trailing slash. */
  readonly gateway: string;
  /** PEM of the only authorities to trust; null for the system's. */
  readonly ca: string | null;
  /** Runs `hoopx kube credential`, in absolute paths. */
  readonly plugin: readonly string[];
  readonly connections: readonly string[];
}

export const contextPrefix = 'hoopx-';
const user = 'hoopx';

/** v1.Config of client-go, in JSON, which is YAML too. There is no credential in it. */
export function persistentKubeconfig({ gateway, ca, plugin, connections }: KubeconfigParts) {
  const [command, ...args] = plugin;
  const trust =
    ca === null ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  const named = connections.map((connection) => ({
    connection,
    name: `${contextPrefix}${connection}`,
  }));
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: named.map(({ name, connection }) => ({
      name,
      cluster: { server: kubernetesAddress(gateway, connection), ...trust },
    })),
    users: [
      {
        name: user,
        user: {
          exec: {
            apiVersion: 'client.authentication.k8s.io/v1',
            ...{ command, args },
            // A failure is for people, wherever this is set.
            env: [{ name: 'HOOPX_JSON', value: '0' }],
            interactiveMode: 'Never',
            provideClusterInfo: false,
          },
        },
      },
    ],
    contexts: named.map(({ name }) => ({ name, context: { cluster: name, user } })),
    'current-context': named.length === 1 ? named[0]?.name : '',
  };
}

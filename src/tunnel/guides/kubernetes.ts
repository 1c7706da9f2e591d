import type { KubernetesConnectionView } from '../../control/contract.ts';
import { exitCodes } from '../../core/exit-codes.ts';
import { quoteWords } from '../../core/shell-words.ts';
import { UserError } from '../../core/user-error.ts';
import type { ClientGuide, Place } from './client-guide.ts';

const install =
  'Install kubectl: https://kubernetes.io/docs/tasks/tools/. Debian: apt install kubernetes-client.';

/** kubectl, helm, k9s and client libraries: by a kubeconfig of their own, one for each tunnel. */
export function kubernetesGuide({ name }: KubernetesConnectionView): ClientGuide {
  return {
    socketName: 'kubernetes.sock',
    file: { name: 'kubeconfig', text: (place) => kubeconfigText(name, serverOf(place)) },
    url: () => null,
    commandLine: (_place, file) => `export KUBECONFIG=${quoteWords([file])}`,
    program(_place, { words: [program, ...args] }, file) {
      if (program === undefined) return null;
      const found = program === 'kubectl' ? { install } : {};
      return { file: program, args, environment: { KUBECONFIG: file }, ...found };
    },
    direct: null,
  };
}

/**
 * A kubeconfig (v1.Config of client-go) in JSON, which is YAML too. It holds no credential: the
 * tunnel knows who it is.
 */
function kubeconfigText(name: string, server: string): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server } }],
    users: [{ name: 'hoopx', user: {} }],
    contexts: [{ name, context: { cluster: name, user: 'hoopx' } }],
    'current-context': name,
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

function serverOf(place: Place): string {
  if (place.kind === 'port') return `http://127.0.0.1:${place.port}`;
  throw new UserError('kubectl cannot use a Unix socket', {
    code: 'NEEDS_PORT',
    exitCode: exitCodes.usage,
    hint: 'Leave --socket out: the port is open to you alone where the system can tell.',
  });
}

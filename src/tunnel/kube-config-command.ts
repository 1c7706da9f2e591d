import type { ControlClient } from '../control/client.ts';
import { exitCodes } from '../core/exit-codes.ts';
import { UserError } from '../core/user-error.ts';
import { allConnections } from './all-connections.ts';
import { contextPrefix, persistentKubeconfig } from './guides/persistent-kubeconfig.ts';

export interface KubeConfigCommand {
  readonly client: Pick<ControlClient, 'url' | 'listConnections' | 'connection'>;
  /** Of these alone; empty for all that the login may use. */
  readonly names: readonly string[];
  /** PEM of the only authorities to trust; null for the system's. */
  readonly ca: string | null;
  /** Runs `hoopx kube credential`, in absolute paths. */
  readonly plugin: readonly string[];
  /** Data, for stdout. */
  readonly print: (text: string) => void;
  readonly say: (line: string) => void;
}

/** `hoopx kube config`. @throws UserError */
export async function kubeConfigCommand(command: KubeConfigCommand): Promise<void> {
  const { client, names, ca, plugin, print, say } = command;
  if (!client.url.startsWith('https://')) throw needsTls(client.url);
  const connections = names.length === 0 ? await everyCluster(client) : await clusters(command);
  const config = persistentKubeconfig({ gateway: client.url, ca, plugin, connections });
  print(JSON.stringify(config, null, 2));
  say(`Contexts: ${connections.map((name) => `${contextPrefix}${name}`).join(' ')}`);
}

async function everyCluster(client: KubeConfigCommand['client']): Promise<readonly string[]> {
  const all = await allConnections(client);
  const found = all.filter(({ type }) => type === 'kubernetes').map(({ name }) => name);
  if (found.length > 0) return found;
  throw new UserError('you may use no Kubernetes connection', {
    code: 'CONNECTION_UNKNOWN',
    exitCode: exitCodes.usage,
    hint: 'hoopx connections list shows those that you may use.',
  });
}

async function clusters({ client, names }: KubeConfigCommand): Promise<readonly string[]> {
  const found: string[] = [];
  for (const each of new Set(names)) {
    const { name, type } = await client.connection(each);
    if (type !== 'kubernetes') {
      throw new UserError(`${name} is of type ${type}, not a cluster`, {
        code: 'WRONG_TYPE',
        exitCode: exitCodes.usage,
        hint: `hoopx connect ${name}`,
      });
    }
    found.push(name);
  }
  return found;
}

/** client-go shows no credential to a server without TLS. */
function needsTls(url: string): UserError {
  return new UserError(`kubectl logs in over TLS alone, which ${url} does not have`, {
    code: 'NEEDS_TLS',
    exitCode: exitCodes.badConfiguration,
    hint: 'Use a tunnel: hoopx connect CONNECTION -- kubectl get pods',
  });
}

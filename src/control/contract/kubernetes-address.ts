/**
 * Kubernetes clients that need no tunnel: below `https://GATEWAY/v1/kubernetes/NAME` is the API
 * server of that connection, behind the same gate. Each request brings the gateway's bearer
 * token, which goes no further; what it runs ends when that token does.
 */
export const kubernetesRoot = '/v1/kubernetes/';

/** What a kubeconfig has as `server`. `gateway`: without a trailing slash. */
export function kubernetesAddress(gateway: string, connection: string): string {
  return `${gateway}${kubernetesRoot}${encodeURIComponent(connection)}`;
}

export interface KubernetesPlace {
  readonly connection: string;
  /** Path and query as the API server is to be asked for them. */
  readonly target: string;
}

/** From a request line, as it was written; null for anything else. */
export function kubernetesPlace(requestTarget: string): KubernetesPlace | null {
  if (!requestTarget.startsWith(kubernetesRoot)) return null;
  const rest = requestTarget.slice(kubernetesRoot.length);
  const [, connection, target = ''] = /^([A-Za-z0-9][\w.-]{0,127})([/?].*)?$/s.exec(rest) ?? [];
  if (connection === undefined) return null;
  return { connection, target: target.startsWith('/') ? target : `/${target}` };
}

import type { AccessToken } from '../identity/token-source.ts';

/** Before the token's own end, so that no request is sent with one that ends on its way. */
const marginMs = 5_000;

/** What an exec plugin of client-go prints (client.authentication.k8s.io/v1, ExecCredential). */
export function execCredential({ token, expiresAt }: AccessToken) {
  const expirationTimestamp = new Date(expiresAt - marginMs).toISOString();
  return {
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    status: { token, expirationTimestamp },
  } as const;
}

import type { TestProvider } from '../test/peers/provider.ts';

/** What the configurations of all benchmarked gateways begin with. `folder`: of certificate and key. */
export function gatewayHead(port: number, { identity }: TestProvider, folder: string) {
  const { name, issuer, clientId, audience } = identity;
  return {
    gateway: {
      listen: `127.0.0.1:${port}`,
      publicUrl: `https://127.0.0.1:${port}`,
      tls: { cert: `file:${folder}/cert.pem`, key: `file:${folder}/key.pem` },
    },
    store: 'sqlite:./hoopx.db',
    identity: [{ name, issuer, clientId, audience, groupsClaim: 'groups', kind: 'human' }],
  };
}

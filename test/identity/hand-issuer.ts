import { once } from 'node:events';
import { createServer } from 'node:http';
import {
  type CryptoKey,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWTHeaderParameters,
  SignJWT,
} from 'jose';
import type { IdentityConfig } from '../../src/config/gateway-config.ts';

/** An issuer whose keys are in our hands, for tokens that no honest provider would sign. */
export interface HandIssuer extends AsyncDisposable {
  readonly url: string;
  readonly identity: IdentityConfig;
  /** How often its keys were asked for. */
  readonly keyReads: () => number;
  /** What the next answers say instead of the truth; null for the truth. */
  answer(override: ((path: string) => { status: number; body: string } | null) | null): void;
  rotate(kid: string): Promise<void>;
  sign(claims: Record<string, unknown>, header?: Partial<JWTHeaderParameters>): Promise<string>;
  publicPem(): Promise<string>;
}

export async function startHandIssuer(path = ''): Promise<HandIssuer> {
  let kid = 'first';
  let pair = await newPair();
  let reads = 0;
  let override: ((path: string) => { status: number; body: string } | null) | null = null;

  async function truth(asked: string): Promise<string | null> {
    if (asked === `${path}/.well-known/openid-configuration`) {
      return JSON.stringify({ issuer: url, jwks_uri: `${url}/keys` });
    }
    if (asked !== `${path}/keys`) return null;
    reads += 1;
    return JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), kid, use: 'sig' }] });
  }

  const server = createServer(async (request, response) => {
    const asked = request.url ?? '';
    const forced = override?.(asked);
    const body = forced?.body ?? (await truth(asked));
    response.writeHead(forced?.status ?? (body === null ? 404 : 200));
    response.end(body ?? '');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  const url = `http://127.0.0.1:${address.port}${path}`;

  return {
    url,
    identity: identityFor(url),
    keyReads: () => reads,
    answer: (next) => {
      override = next;
    },
    rotate: async (next) => {
      kid = next;
      pair = await newPair();
    },
    sign: (claims, header = {}) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'RS256', kid, typ: 'at+jwt', ...header })
        .sign(pair.privateKey),
    publicPem: () => exportSPKI(pair.publicKey),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function newPair(): Promise<{ publicKey: CryptoKey; privateKey: CryptoKey }> {
  return generateKeyPair('RS256', { extractable: true });
}

function identityFor(issuer: string): IdentityConfig {
  return {
    name: 'corp',
    issuer,
    clientId: 'hoopx-cli',
    clientSecret: null,
    audience: 'hoopx',
    scopes: ['openid'],
    groupsClaim: 'groups',
    personClaim: 'sub',
    ownerClaim: 'owner',
    kind: 'human',
    personNamespace: 'corp',
    clockSkewSeconds: 30,
  };
}

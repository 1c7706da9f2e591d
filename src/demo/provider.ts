import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import type { JWK, Provider } from 'oidc-provider';
import type { IdentityConfig } from '../config/gateway-config.ts';
import { type DemoAccount, demoAccounts } from './provider-accounts.ts';
import { type ProviderSettings, providerConfiguration } from './provider-configuration.ts';
import { send, serveInteraction } from './provider-interactions.ts';
import { loadProviderLibrary } from './provider-library.ts';
import { createProviderStorage } from './provider-storage.ts';

export interface DemoProviderOptions {
  /** Default: one that the system chooses. */
  readonly port?: number;
  /** `aud` of the access tokens; a URI, since it is asked for as a resource (RFC 8707). */
  readonly audience?: string;
  readonly accounts?: readonly DemoAccount[];
  /** Lifetimes. Defaults: tokens 10 minutes, logins 12 hours, device codes 5 minutes. */
  readonly tokenSeconds?: number;
  readonly refreshSeconds?: number;
  readonly deviceCodeSeconds?: number;
  /** Where browsers may come back to; without any there is only the device flow. */
  readonly redirectUris?: readonly string[];
  /** How often a waiting client may ask. */
  readonly pollSeconds?: number;
}

/** An OpenID provider on loopback over plain HTTP, for demonstrations and tests. */
export interface DemoProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly accounts: readonly DemoAccount[];
  /** How a gateway is to be configured for it. */
  readonly identity: IdentityConfig;
  /** Signs with a new key from now on; the old one is no longer published. */
  rotateKeys(): Promise<void>;
  close(): Promise<void>;
}

const clientId = 'hoopx';
const defaultAudience = 'urn:hoopx:demo';

export async function startDemoProvider(options: DemoProviderOptions = {}): Promise<DemoProvider> {
  const settings = settingsOf(options);
  const library = await loadProviderLibrary();
  const storage = createProviderStorage();
  let serve: Handler = (_request, response) => send(response, 503, 'starting');
  const server = createServer((request, response) => serve(request, response));
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  const issuer = `http://127.0.0.1:${address.port}`;

  async function rotateKeys(): Promise<void> {
    const keys = [await newKey()];
    const configuration = providerConfiguration(settings, keys, storage, library);
    const provider = new library.Provider(issuer, configuration);
    announceInterval(provider, options.pollSeconds ?? 1);
    serve = handlerOf(provider, settings);
  }
  await rotateKeys();

  return {
    issuer,
    clientId,
    accounts: settings.accounts,
    identity: identityConfig(issuer, settings.audience),
    rotateKeys,
    close: async () => {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, 'close');
    },
  };
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

function settingsOf(options: DemoProviderOptions): ProviderSettings {
  return {
    clientId,
    audience: options.audience ?? defaultAudience,
    accounts: options.accounts ?? demoAccounts,
    redirectUris: options.redirectUris ?? [],
    seconds: {
      token: options.tokenSeconds ?? 600,
      refresh: options.refreshSeconds ?? 12 * 3600,
      deviceCode: options.deviceCodeSeconds ?? 300,
    },
  };
}

function handlerOf(provider: Provider, settings: ProviderSettings): Handler {
  const answer = provider.callback();
  return (request, response) => {
    serveInteraction(provider, settings, request, response)
      .then((served) => (served ? undefined : answer(request, response)))
      .catch(() => {
        if (!response.headersSent) send(response, 400, 'this login is over; start it again');
        else response.destroy();
      });
  };
}

/** Without it clients wait for five seconds (RFC 8628, 3.2). */
function announceInterval(provider: Provider, seconds: number): void {
  provider.use(async (context, next) => {
    await next();
    if (context.oidc?.route === 'device_authorization' && context.status === 200) {
      context.body = { ...context.body, interval: seconds };
    }
  });
}

async function newKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, kty: 'EC', alg: 'ES256', use: 'sig' };
}

function identityConfig(issuer: string, audience: string): IdentityConfig {
  return {
    name: 'demo',
    issuer,
    clientId,
    clientSecret: null,
    audience,
    scopes: ['openid', 'offline_access', 'email', 'groups'],
    groupsClaim: 'groups',
    personClaim: 'sub',
    ownerClaim: 'owner',
    kind: { claim: 'kind' },
    personNamespace: 'demo',
    clockSkewSeconds: 30,
  };
}

import { randomBytes } from 'node:crypto';
import type { ClientMetadata, Configuration, JWK, KoaContextWithOIDC } from 'oidc-provider';
import { claimsOf, type DemoAccount } from './provider-accounts.ts';
import { codeConfirmPage, codeInputPage, donePage, page } from './provider-pages.ts';
import type { createProviderStorage } from './provider-storage.ts';

export interface ProviderSettings {
  readonly clientId: string;
  readonly audience: string;
  readonly accounts: readonly DemoAccount[];
  readonly redirectUris: readonly string[];
  readonly seconds: {
    readonly token: number;
    readonly refresh: number;
    readonly deviceCode: number;
  };
}

type Storage = ReturnType<typeof createProviderStorage>;
type Library = Pick<typeof import('oidc-provider'), 'interactionPolicy'>;

export function providerConfiguration(
  settings: ProviderSettings,
  keys: readonly JWK[],
  adapter: Storage,
  library: Library,
): Configuration {
  const { seconds } = settings;
  return {
    adapter,
    clients: [publicClient(settings)],
    jwks: { keys: [...keys] },
    cookies: { keys: [randomBytes(32).toString('hex')] },
    scopes: ['openid', 'offline_access', 'email', 'groups'],
    claims: {
      openid: ['sub', 'preferred_username', 'kind', 'owner'],
      email: ['email', 'email_verified'],
      groups: ['groups'],
    },
    // So that ID tokens carry the groups too, for gateways that are shown those.
    conformIdTokenClaims: false,
    responseTypes: ['code'],
    findAccount: (_context, id) => {
      const account = settings.accounts.find(({ name }) => name === id);
      if (account === undefined) return undefined;
      return { accountId: id, claims: async () => ({ sub: id, ...claimsOf(account) }) };
    },
    extraTokenClaims: (_context, token) => {
      const id = 'accountId' in token ? token.accountId : undefined;
      const account = settings.accounts.find(({ name }) => name === id);
      return account === undefined ? undefined : claimsOf(account);
    },
    interactions: {
      policy: loginEachTime(library),
      url: (_context, interaction) => `/interaction/${interaction.uid}`,
    },
    loadExistingGrant: (context) => grantAll(context, settings.audience),
    features: features(settings),
    issueRefreshToken: async (_context, client) => client.grantTypeAllowed('refresh_token'),
    expiresWithSession: async () => false,
    rotateRefreshToken: true,
    clientBasedCORS: () => false,
    renderError: (context, out) => {
      context.type = 'html';
      context.body = page('That did not work', `<p>${out.error.replaceAll('_', ' ')}</p>`);
    },
    ttl: {
      AccessToken: seconds.token,
      IdToken: seconds.token,
      RefreshToken: seconds.refresh,
      DeviceCode: seconds.deviceCode,
      Grant: seconds.refresh,
      Interaction: 600,
      Session: 600,
    },
  };
}

function publicClient({ clientId, redirectUris }: ProviderSettings): ClientMetadata {
  const browsers = redirectUris.length > 0;
  return {
    client_id: clientId,
    client_name: 'hoopx',
    token_endpoint_auth_method: 'none',
    grant_types: [
      'urn:ietf:params:oauth:grant-type:device_code',
      'refresh_token',
      ...(browsers ? ['authorization_code'] : []),
    ],
    response_types: browsers ? ['code'] : [],
    redirect_uris: [...redirectUris],
    id_token_signed_response_alg: 'ES256',
  };
}

function features(settings: ProviderSettings): NonNullable<Configuration['features']> {
  return {
    devInteractions: { enabled: false },
    rpInitiatedLogout: { enabled: false },
    userinfo: { enabled: false },
    revocation: { enabled: true, allowedPolicy: async () => true },
    deviceFlow: {
      enabled: true,
      charset: 'base-20',
      mask: '****-****',
      deviceInfo: (context) => ({ ip: context.ip, ua: context.get('user-agent') }),
      userCodeInputSource: async (context, form, _out, problem) => {
        context.body = codeInputPage(form, problem == null ? null : 'That code is not valid.');
      },
      userCodeConfirmSource: async (context, form, client, device, userCode) => {
        context.body = codeConfirmPage({
          form,
          client: client.clientName ?? client.clientId,
          userCode,
          address: String(device.ip ?? ''),
          program: String(device.ua ?? ''),
        });
      },
      successSource: async (context) => {
        context.body = donePage();
      },
    },
    resourceIndicators: {
      enabled: true,
      defaultResource: async () => settings.audience,
      useGrantedResource: async () => true,
      getResourceServerInfo: async () => ({
        scope: '',
        audience: settings.audience,
        accessTokenTTL: settings.seconds.token,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  };
}

/** One browser plays several people in a demonstration, so nobody stays logged in. */
function loginEachTime({ interactionPolicy }: Library): interactionPolicyPrompts {
  const policy = interactionPolicy.base();
  const login = policy.get('login');
  login?.checks.add(
    new interactionPolicy.Check('each_time', 'a login is needed each time', (context) =>
      context.oidc.result?.login === undefined
        ? interactionPolicy.Check.REQUEST_PROMPT
        : interactionPolicy.Check.NO_NEED_TO_PROMPT,
    ),
  );
  return policy;
}

type interactionPolicyPrompts = ReturnType<Library['interactionPolicy']['base']>;

/** Confirming the code was the consent: grants what the client asked for. */
async function grantAll(context: KoaContextWithOIDC, audience: string) {
  const { client, session, provider } = context.oidc;
  if (client === undefined || session?.accountId === undefined) return undefined;
  const grant = new provider.Grant({
    clientId: client.clientId,
    accountId: session.accountId,
  });
  grant.addOIDCScope('openid offline_access email groups');
  grant.addResourceScope(audience, '');
  await grant.save();
  return grant;
}

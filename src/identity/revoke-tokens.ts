import { type IssuedTokens, parseTokens } from './issued-tokens.ts';
import { type LoginIssuer, oauthErrorOf, openProvider } from './provider-client.ts';

/**
 * Revokes at the provider (RFC 7009) what can be: the refresh token, and with it what came
 * of it; else the access token. Resolves to false where the provider offers no revocation.
 */
export async function revokeTokens(
  issuer: LoginIssuer,
  stored: string | IssuedTokens,
): Promise<boolean> {
  const tokens = typeof stored === 'string' ? parseTokens(stored) : stored;
  if (tokens === null) return false;
  const { tokenRevocation } = await import('openid-client');
  const provider = await openProvider(issuer);
  if (provider.serverMetadata().revocation_endpoint === undefined) return false;
  const [token, hint] =
    tokens.refreshToken === null
      ? [tokens.bearer, 'access_token']
      : [tokens.refreshToken, 'refresh_token'];
  try {
    await tokenRevocation(provider, token, { token_type_hint: hint });
    return true;
  } catch (error) {
    // Section 2.2.1: the provider cannot revoke tokens of this kind.
    if (oauthErrorOf(error) === 'unsupported_token_type') return false;
    throw error;
  }
}

import type { IdentityConfig } from '../config/gateway-config.ts';
import { IdentityError } from './identity-error.ts';

type Claims = Readonly<Record<string, unknown>>;

/**
 * Of the identities of one issuer, the one that a token is meant for: an access token names
 * the audience, an ID token the client. Where several do, the client that it was issued to
 * decides (`azp`, or `client_id` of RFC 9068).
 */
export function chooseIdentity(
  identities: readonly IdentityConfig[],
  claims: Claims,
  isAccessToken: boolean,
): IdentityConfig {
  const meant = identities.filter((identity) => isMeantFor(identity, claims, isAccessToken));
  const client = claims.azp ?? claims.client_id;
  const chosen = meant.length > 1 ? meant.filter(({ clientId }) => clientId === client) : meant;
  const [identity, another] = chosen;
  if (identity !== undefined && another === undefined) return identity;
  if (meant.length === 0) {
    throw new IdentityError('AUDIENCE_REFUSED', 'the token was issued for somebody else');
  }
  throw new IdentityError(
    'IDENTITY_AMBIGUOUS',
    'the token fits several entries of the identity configuration',
  );
}

function isMeantFor(identity: IdentityConfig, claims: Claims, isAccessToken: boolean): boolean {
  const audiences: readonly unknown[] = Array.isArray(claims.aud) ? claims.aud : [claims.aud];
  if (identity.audience !== null && audiences.includes(identity.audience)) return true;
  if (isAccessToken || !audiences.includes(identity.clientId)) return false;
  // OpenID Connect Core 3.1.3.7: with several audiences, `azp` says whose it is.
  return claims.azp === identity.clientId || (claims.azp === undefined && audiences.length === 1);
}

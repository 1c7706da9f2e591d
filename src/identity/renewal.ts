import { type IssuedTokens, issuedTokens } from './issued-tokens.ts';
import {
  audienceParameters,
  describe,
  type LoginIssuer,
  oauthErrorOf,
  openProvider,
} from './provider-client.ts';

export type Renewal =
  | { readonly kind: 'renewed'; readonly tokens: IssuedTokens }
  /** The provider said no, for good: logging in again is the only way. */
  | { readonly kind: 'refused'; readonly why: string }
  /** It may work later. */
  | { readonly kind: 'failed'; readonly error: unknown };

/** Not yet: the provider is busy (RFC 6749, 5.2 has no such code, but providers use these). */
const passing = new Set(['temporarily_unavailable', 'server_error', 'slow_down']);

/** The refresh grant, RFC 6749 section 6. */
export async function renew(
  issuer: LoginIssuer,
  tokens: IssuedTokens & { readonly refreshToken: string },
  now: () => number,
): Promise<Renewal> {
  try {
    const { refreshTokenGrant } = await import('openid-client');
    const provider = await openProvider(issuer);
    const extra = audienceParameters(issuer);
    const answer = await refreshTokenGrant(provider, tokens.refreshToken, extra);
    return { kind: 'renewed', tokens: issuedTokens(issuer, answer, now(), tokens) };
  } catch (error) {
    const code = oauthErrorOf(error);
    if (code === null || passing.has(code)) return { kind: 'failed', error };
    return { kind: 'refused', why: describe(error) };
  }
}

/** From this time on a token is renewed: a third of its life before its end, two minutes at most. */
export function renewAt({ obtainedAt, expiresAt }: Pick<IssuedTokens, 'obtainedAt' | 'expiresAt'>) {
  return expiresAt - Math.min((expiresAt - obtainedAt) / 3, 120_000);
}

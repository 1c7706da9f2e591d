import type { Configuration } from 'openid-client';
import type { IdentityConfig } from '../config/gateway-config.ts';
import type { Clock } from '../core/clock.ts';
import { exitCodes } from '../core/exit-codes.ts';
import { UserError } from '../core/user-error.ts';
import { type IssuedTokens, issuedTokens } from './issued-tokens.ts';
import {
  audienceParameters,
  describe,
  oauthErrorOf,
  openProvider,
  providerFault,
} from './provider-client.ts';

/** What only the browser that began a login may come back with. Secret. */
export interface LoginProof {
  readonly state: string;
  readonly nonce: string;
  /** PKCE, RFC 7636. */
  readonly verifier: string;
}

export interface BegunLogin {
  /** Where the browser goes. */
  readonly address: string;
  readonly proof: LoginProof;
}

/** The authorization code flow with PKCE (RFC 6749, 4.1; RFC 7636; OpenID Connect Core, 3.1). */
export interface CodeLogin {
  /** @throws UserError PROVIDER_UNAVAILABLE */
  begin(redirectUri: string): Promise<BegunLogin>;
  /**
   * `callback` is the whole address that the browser came back with.
   * @throws UserError LOGIN_REFUSED, PROVIDER_UNAVAILABLE, NO_USABLE_TOKEN
   */
  finish(callback: URL, proof: LoginProof): Promise<IssuedTokens>;
}

/** Its metadata is asked for again after that time. */
const freshMs = 10 * 60_000;

export function createCodeLogin(identity: IdentityConfig, clock: Clock): CodeLogin {
  let known: { readonly provider: Promise<Configuration>; readonly at: number } | null = null;

  function provider(): Promise<Configuration> {
    if (known !== null && clock() - known.at < freshMs) return known.provider;
    const asked = { provider: openProvider(identity, identity.clientSecret), at: clock() };
    known = asked;
    // The next one who asks tries again.
    asked.provider.catch(() => {
      if (known === asked) known = null;
    });
    return asked.provider;
  }

  return {
    async begin(redirectUri) {
      const library = await import('openid-client');
      const proof = {
        state: library.randomState(),
        nonce: library.randomNonce(),
        verifier: library.randomPKCECodeVerifier(),
      };
      const address = library.buildAuthorizationUrl(await provider(), {
        redirect_uri: redirectUri,
        scope: scopesOf(identity),
        state: proof.state,
        nonce: proof.nonce,
        code_challenge: await library.calculatePKCECodeChallenge(proof.verifier),
        code_challenge_method: 'S256',
        ...audienceParameters(identity),
      });
      return { address: address.href, proof };
    },
    async finish(callback, { state, nonce, verifier }) {
      const { authorizationCodeGrant } = await import('openid-client');
      const checks = {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      };
      const opened = await provider();
      try {
        const extra = audienceParameters(identity);
        const answer = await authorizationCodeGrant(opened, callback, checks, extra);
        return issuedTokens(identity, answer, clock());
      } catch (error) {
        throw finishFault(identity, error);
      }
    },
  };
}

/** Nothing is renewed: a browser's login ends with its first token, so none is asked for more. */
function scopesOf({ scopes }: IdentityConfig): string {
  return scopes.filter((scope) => scope !== 'offline_access').join(' ');
}

function finishFault(identity: IdentityConfig, error: unknown): UserError {
  if (error instanceof UserError) return error;
  const answered = oauthErrorOf(error) !== null || isOfThisLogin(error);
  if (!answered) return providerFault(identity, 'cannot be asked', error);
  return new UserError(`the login was refused: ${describe(error)}`, {
    code: 'LOGIN_REFUSED',
    exitCode: exitCodes.loginRequired,
    hint: 'Begin again.',
    cause: error,
  });
}

/** The library's own checks of state, nonce, issuer and ID token. */
function isOfThisLogin(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^OAUTH_(INVALID|JWT|JSON|MISSING|RESPONSE)/.test(code);
}

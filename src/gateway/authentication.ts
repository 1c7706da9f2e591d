import type { AuditLog } from '../audit/log.ts';
import type { GatewayConfig, IdentityConfig } from '../config/gateway-config.ts';
import type { Authentication, Caller } from '../control/server/ports.ts';
import type { Clock } from '../core/clock.ts';
import { RefusedError } from '../core/refusal.ts';
import type { TokenRevocations } from '../core/token-revocations.ts';
import { IdentityError, identityRefusal } from '../identity/identity-error.ts';
import { createTokenVerifier, type TokenVerifier } from '../identity/verifier.ts';
import type { GatewayLog } from './log.ts';
import { createSeenLogins } from './seen-logins.ts';

export interface GatewayAuthentication extends Authentication {
  /** Accepts what these say, from now on. */
  adopt(identity: GatewayConfig['identity']): void;
}

/** Tokens to callers, by what the configuration says now. */
export function createAuthentication(
  identity: readonly IdentityConfig[],
  revocations: TokenRevocations,
  deps: {
    readonly clock: Clock;
    readonly log: GatewayLog;
    readonly audit: Pick<AuditLog, 'append'>;
  },
): GatewayAuthentication {
  const seen = createSeenLogins(deps.audit);
  let standing = verifierFor(identity);

  function verifierFor(identities: readonly IdentityConfig[]) {
    const verifier: TokenVerifier = createTokenVerifier(identities, { ...deps, revocations });
    return { said: JSON.stringify(identities), verifier };
  }

  return {
    async authenticate(token): Promise<Caller> {
      try {
        const { principal, expiresAt, hash } = await standing.verifier.verify(token);
        await seen.login(principal, hash, expiresAt);
        return { principal, tokenExpiresAt: expiresAt, tokenHash: hash };
      } catch (error) {
        if (!(error instanceof IdentityError)) throw error;
        throw new RefusedError(refusalFor(error), { cause: error });
      }
    },
    revoke: ({ tokenHash, tokenExpiresAt }) => revocations.revoke(tokenHash, tokenExpiresAt),
    adopt(next) {
      // The same identities keep the keys that were fetched for them.
      if (JSON.stringify(next) !== standing.said) standing = verifierFor(next);
    },
  };
}

/** A provider that cannot be asked is no reason to log in again. */
function refusalFor(error: IdentityError) {
  const refusal = identityRefusal(error);
  const provider = error.code === 'PROVIDER_UNAVAILABLE' || error.code === 'PROVIDER_INVALID';
  return provider ? ({ ...refusal, code: 'UPSTREAM_UNREACHABLE' } as const) : refusal;
}

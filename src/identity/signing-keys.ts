import { createLocalJWKSet, errors, type FlattenedJWSInput, type JWTHeaderParameters } from 'jose';
import type { Clock } from '../core/clock.ts';
import { IdentityError } from './identity-error.ts';
import { type Fetch, fetchJwks } from './provider-fetch.ts';

/** As pino's; for operators. */
export interface IdentityLog {
  warn(fields: object, message: string): void;
}

export interface SigningKeysDeps {
  readonly clock: Clock;
  readonly fetch: Fetch;
  readonly log: IdentityLog | null;
}

type KeySet = ReturnType<typeof createLocalJWKSet>;

/** An issuer's public keys; jose asks it for the one that a token names. */
export type SigningKeys = (
  header: JWTHeaderParameters,
  token: FlattenedJWSInput,
) => ReturnType<KeySet>;

/** Between two looks at the provider, so that made-up key ids cannot make us hammer it. */
export const coolDownMs = 30_000;
const freshMs = 10 * 60_000;
/** A provider that is out of reach for so long may have withdrawn any of its keys. */
const usableMs = 24 * 3_600_000;

/**
 * Fetched when first needed, again when a token names a key that is not there, and every
 * ten minutes; while the provider does not answer, the keys at hand go on working.
 */
export function createSigningKeys(issuer: string, deps: SigningKeysDeps): SigningKeys {
  let keys: { readonly set: KeySet; readonly fetchedAt: number } | null = null;
  let failure: IdentityError | null = null;
  let triedAt = Number.NEGATIVE_INFINITY;
  let underway: Promise<void> | null = null;

  async function refresh(): Promise<void> {
    const now = deps.clock();
    if (now - triedAt < coolDownMs && underway === null) return;
    underway ??= load(now).finally(() => {
      underway = null;
    });
    await underway;
  }

  async function load(now: number): Promise<void> {
    triedAt = now;
    try {
      const found = await fetchJwks(issuer, deps.fetch);
      keys = { set: createLocalJWKSet({ keys: [...found] }), fetchedAt: now };
      failure = null;
    } catch (error) {
      failure = asIdentityError(issuer, error);
      deps.log?.warn({ issuer, code: failure.code, err: error }, 'signing keys not refreshed');
      // Without any key nobody at all gets in: try again soon.
      if (keys === null) triedAt = now - coolDownMs + 1_000;
    }
  }

  async function usable(): Promise<KeySet> {
    if (keys === null || deps.clock() - keys.fetchedAt >= freshMs) await refresh();
    if (keys !== null && deps.clock() - keys.fetchedAt < usableMs) return keys.set;
    throw failure ?? asIdentityError(issuer, new Error('its keys are not known'));
  }

  return async (header, token) => {
    try {
      return await (await usable())(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    }
    await refresh();
    return (await usable())(header, token);
  };
}

function asIdentityError(issuer: string, error: unknown): IdentityError {
  if (error instanceof IdentityError) return error;
  return new IdentityError('PROVIDER_INVALID', `the keys of the provider ${issuer} are unusable`, {
    cause: error,
  });
}

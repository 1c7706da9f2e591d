import { createHash } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose';
import type { IdentityConfig } from '../config/gateway-config.ts';
import type { Clock } from '../core/clock.ts';
import type { Principal } from '../core/principal.ts';
import type { TokenRevocations } from '../core/token-revocations.ts';
import { IdentityError } from './identity-error.ts';
import { principalOf } from './principal-claims.ts';
import type { Fetch } from './provider-fetch.ts';
import { createSigningKeys, type IdentityLog, type SigningKeys } from './signing-keys.ts';
import { chooseIdentity } from './token-audience.ts';
import { maxTokenBytes } from './token-limits.ts';

export interface VerifiedToken {
  readonly principal: Principal;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** SHA-256 of the token, hexadecimal. */
  readonly hash: string;
}

export interface TokenVerifier {
  /** @throws IdentityError */
  verify(token: string): Promise<VerifiedToken>;
}

export interface TokenVerifierDeps {
  readonly clock: Clock;
  readonly fetch?: Fetch;
  readonly log?: IdentityLog;
  readonly revocations?: Pick<TokenRevocations, 'isRevoked'>;
}

/** Asymmetric ones only: a shared secret would let whoever verifies also sign. */
const algorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];
const skewLimitSeconds = 300;

interface Issuer {
  readonly identities: readonly IdentityConfig[];
  readonly keys: SigningKeys;
}

/** Nothing is fetched until a token of an issuer comes. */
export function createTokenVerifier(
  identities: readonly IdentityConfig[],
  deps: TokenVerifierDeps,
): TokenVerifier {
  const { clock, revocations } = deps;
  const keyDeps = { clock, fetch: deps.fetch ?? globalThis.fetch, log: deps.log ?? null };
  const issuers = new Map<string, Issuer>();
  for (const { issuer } of identities) {
    if (issuers.has(issuer)) continue;
    issuers.set(issuer, {
      identities: identities.filter((identity) => identity.issuer === issuer),
      keys: createSigningKeys(issuer, keyDeps),
    });
  }

  async function verify(token: string): Promise<VerifiedToken> {
    const { issuer, isAccessToken } = read(token, issuers);
    const claims = await verifySignature(token, issuer.keys, clock());
    const identity = chooseIdentity(issuer.identities, claims, isAccessToken);
    const expiresAt = checkTimes(claims, identity, clock());
    const principal = principalOf(identity, claims);
    const hash = createHash('sha256').update(token).digest('hex');
    if (revocations !== undefined && (await revocations.isRevoked(hash))) {
      throw new IdentityError('TOKEN_REVOKED', 'you have logged out');
    }
    return { principal, expiresAt, hash };
  }

  return { verify };
}

/** What is read before anything is verified only chooses, among what is configured, how to. */
function read(
  token: string,
  issuers: ReadonlyMap<string, Issuer>,
): { readonly issuer: Issuer; readonly isAccessToken: boolean } {
  if (Buffer.byteLength(token) > maxTokenBytes) {
    throw new IdentityError('TOKEN_TOO_LARGE', 'the token is too large');
  }
  const { header, claims } = decode(token);
  if (typeof header.alg !== 'string' || !algorithms.includes(header.alg)) {
    throw new IdentityError('ALGORITHM_REFUSED', "the token's signature algorithm is not accepted");
  }
  const issuer = typeof claims.iss === 'string' ? issuers.get(claims.iss) : undefined;
  if (issuer === undefined) {
    throw new IdentityError('ISSUER_UNKNOWN', "the token's issuer is not one of this gateway's");
  }
  return { issuer, isAccessToken: checkType(header.typ, claims) };
}

function decode(token: string) {
  try {
    return { header: decodeProtectedHeader(token), claims: decodeJwt(token) };
  } catch (cause) {
    throw new IdentityError('TOKEN_MALFORMED', 'the token is not a JWT', { cause });
  }
}

/**
 * RFC 8725, 3.11: tokens that a provider signs for other ends are not logins. True for what
 * declares itself an access token (RFC 9068); ID tokens and older access tokens say `JWT`.
 */
function checkType(typ: unknown, claims: JWTPayload): boolean {
  const type = typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : typ;
  const isAccessToken = type === 'at+jwt';
  const isPlain = type === undefined || type === 'jwt';
  // `events` marks logout and security event tokens; `cnf` those that a bearer may not use.
  const isOther = claims.events !== undefined || claims.cnf !== undefined;
  if ((isAccessToken || isPlain) && !isOther) return isAccessToken;
  throw new IdentityError('TOKEN_TYPE_REFUSED', 'the token is not an access token or ID token');
}

async function verifySignature(token: string, keys: SigningKeys, now: number): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms,
      currentDate: new Date(now),
      // Times are checked by `checkTimes`, with the skew of the identity that is chosen then.
      clockTolerance: Number.MAX_SAFE_INTEGER,
      requiredClaims: ['exp'],
    });
    return payload;
  } catch (error) {
    throw verificationFault(error);
  }
}

/** RFC 7519, 4.1.4-4.1.6. The end is exact: sessions live no longer than their token. */
function checkTimes(claims: JWTPayload, identity: IdentityConfig, now: number): number {
  const skewMs = Math.min(Math.max(identity.clockSkewSeconds, 0), skewLimitSeconds) * 1000;
  const expiresAt = (claims.exp ?? 0) * 1000;
  if (!(now < expiresAt)) throw new IdentityError('TOKEN_EXPIRED', 'your login has expired');
  const startsAt = Math.max(claims.nbf ?? 0, claims.iat ?? 0) * 1000;
  if (!(startsAt <= now + skewMs)) {
    throw new IdentityError('TOKEN_NOT_YET_VALID', 'the token is not valid yet: check the clocks');
  }
  return expiresAt;
}

function verificationFault(error: unknown): IdentityError {
  if (error instanceof IdentityError) return error;
  const options = { cause: error };
  if (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys
  ) {
    return new IdentityError('KEY_UNKNOWN', "the token's key is not one of its issuer's", options);
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    const message = `the token's claim "${error.claim}" is missing or not valid`;
    return new IdentityError('CLAIM_INVALID', message, options);
  }
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid) {
    return new IdentityError('TOKEN_MALFORMED', 'the token is not a JWT', options);
  }
  return new IdentityError('SIGNATURE_INVALID', "the token's signature is not valid", options);
}

import { exitCodes } from '../core/exit-codes.ts';
import { UserError } from '../core/user-error.ts';
import { decodeToken, isRecord, parseObject } from './decoded-token.ts';
import type { LoginIssuer } from './provider-client.ts';

/** What a login or a refresh gave us. Times are milliseconds by this machine's clock. */
export interface IssuedTokens {
  /** What the gateway is shown. */
  readonly bearer: string;
  readonly refreshToken: string | null;
  readonly obtainedAt: number;
  readonly expiresAt: number;
}

/** A token endpoint's answer (RFC 6749, 5.1), as far as it is used. */
export interface TokenAnswer {
  readonly access_token: string;
  readonly id_token?: string | undefined;
  readonly refresh_token?: string | undefined;
  readonly expires_in?: number | undefined;
}

/**
 * Chooses what the gateway can verify: the access token where it is a JWT for the gateway's
 * audience, else the ID token. Lifetimes count from now, so that a clock that is off here
 * does not matter.
 * @throws UserError NO_USABLE_TOKEN
 */
export function issuedTokens(
  issuer: LoginIssuer,
  answer: TokenAnswer,
  now: number,
  previous: IssuedTokens | null = null,
): IssuedTokens {
  const usesAccess = issuer.audience !== null && decodeToken(answer.access_token) !== null;
  const bearer = usesAccess ? answer.access_token : answer.id_token;
  const decoded = bearer === undefined ? null : decodeToken(bearer);
  if (bearer === undefined || decoded === null) throw noUsableToken(issuer);
  const said = lifetimeSeconds(decoded.issuedAt, decoded.expiresAt, now);
  const seconds = usesAccess ? Math.min(said, answer.expires_in ?? said) : said;
  return {
    bearer,
    refreshToken: answer.refresh_token ?? previous?.refreshToken ?? null,
    obtainedAt: now,
    expiresAt: now + seconds * 1000,
  };
}

function lifetimeSeconds(issuedAt: number | null, expiresAt: number | null, now: number): number {
  return (expiresAt ?? 0) - (issuedAt ?? now / 1000);
}

function noUsableToken(issuer: LoginIssuer): UserError {
  return new UserError(
    `the login provider ${issuer.issuer} gave neither a JWT access token nor an ID token`,
    {
      code: 'NO_USABLE_TOKEN',
      exitCode: exitCodes.badConfiguration,
      hint: 'Ask whoever runs the gateway: the scopes need "openid", or the audience a JWT.',
    },
  );
}

/** As they are kept. Null when it is not that. */
export function parseTokens(text: string): IssuedTokens | null {
  const value: unknown = parseObject(text);
  return isIssuedTokens(value) ? value : null;
}

function isIssuedTokens(value: unknown): value is IssuedTokens {
  if (!isRecord(value)) return false;
  const { bearer, refreshToken, obtainedAt, expiresAt } = value;
  return (
    typeof bearer === 'string' &&
    (refreshToken === null || typeof refreshToken === 'string') &&
    typeof obtainedAt === 'number' &&
    typeof expiresAt === 'number'
  );
}

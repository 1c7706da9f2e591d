import type { Refusal } from '../core/refusal.ts';

/** Why a token does not say who somebody is. */
export const identityErrorCodes = [
  'TOKEN_TOO_LARGE',
  'TOKEN_MALFORMED',
  'TOKEN_TYPE_REFUSED',
  'TOKEN_EXPIRED',
  'TOKEN_NOT_YET_VALID',
  'TOKEN_REVOKED',
  'ALGORITHM_REFUSED',
  'ISSUER_UNKNOWN',
  'AUDIENCE_REFUSED',
  'IDENTITY_AMBIGUOUS',
  'KEY_UNKNOWN',
  'SIGNATURE_INVALID',
  'CLAIM_INVALID',
  'KIND_UNKNOWN',
  'OWNER_MISSING',
  'PERSON_MISSING',
  'PROVIDER_UNAVAILABLE',
  'PROVIDER_INVALID',
] as const;

export type IdentityErrorCode = (typeof identityErrorCodes)[number];

/** A token was not accepted: HTTP 401, or `LOGIN_EXPIRED` in a session. */
export class IdentityError extends Error {
  override readonly name = 'IdentityError';
  readonly code: IdentityErrorCode;

  constructor(code: IdentityErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** In words for whoever showed the token. */
export function identityRefusal(error: IdentityError): Refusal {
  return { code: 'LOGIN_EXPIRED', message: error.message, hint: hintFor(error.code) };
}

function hintFor(code: IdentityErrorCode): string {
  switch (code) {
    case 'PROVIDER_UNAVAILABLE':
    case 'PROVIDER_INVALID':
      return 'Try again in a moment; the log of the gateway says more.';
    case 'AUDIENCE_REFUSED':
    case 'ISSUER_UNKNOWN':
    case 'IDENTITY_AMBIGUOUS':
    case 'CLAIM_INVALID':
    case 'KIND_UNKNOWN':
    case 'OWNER_MISSING':
    case 'PERSON_MISSING':
      return 'The identity section of the configuration says what the gateway accepts.';
    default:
      return 'Run: hoopx login';
  }
}

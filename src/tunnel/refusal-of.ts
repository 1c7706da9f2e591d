import { type Refusal, type RefusalCode, RefusedError, refusalCodes } from '../core/refusal.ts';
import { UserError } from '../core/user-error.ts';

const byCode: Readonly<Record<string, RefusalCode>> = {
  LOGIN_REQUIRED: 'LOGIN_EXPIRED',
  GATEWAY_UNREACHABLE: 'UPSTREAM_UNREACHABLE',
  GATEWAY_UNEXPECTED: 'UPSTREAM_UNREACHABLE',
  GATEWAY_UNTRUSTED: 'UPSTREAM_UNTRUSTED',
  RATE_LIMITED: 'LIMIT_EXCEEDED',
  FORBIDDEN: 'ACCESS_DENIED',
};

/** Why a client could not be carried to the gateway, in the terms in which protocols refuse. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof RefusedError) return error.refusal;
  if (!(error instanceof UserError)) {
    const message = error instanceof Error ? error.message : 'the tunnel failed';
    return { code: 'INTERNAL', message };
  }
  const { message, hint } = error;
  const code = byCode[error.code] ?? refusalCodes.find((known) => known === error.code);
  const refusal = { code: code ?? 'INTERNAL', message };
  return hint === undefined ? refusal : { ...refusal, hint };
}

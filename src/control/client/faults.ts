import { exitCodes } from '../../core/exit-codes.ts';
import { UserError } from '../../core/user-error.ts';

type Fields = Readonly<Record<string, unknown>>;

const exitByCode: Readonly<Record<string, number>> = {
  UNAUTHENTICATED: exitCodes.loginRequired,
  LOGIN_EXPIRED: exitCodes.loginRequired,
  FORBIDDEN: exitCodes.deniedByPolicy,
  ACCESS_DENIED: exitCodes.deniedByPolicy,
  NOT_FOUND: exitCodes.usage,
  CONNECTION_UNKNOWN: exitCodes.usage,
  BAD_REQUEST: exitCodes.usage,
  IDEMPOTENCY_CONFLICT: exitCodes.usage,
  RATE_LIMITED: exitCodes.gatewayUnreachable,
  LIMIT_EXCEEDED: exitCodes.gatewayUnreachable,
  STORE_UNAVAILABLE: exitCodes.gatewayUnreachable,
  AUDIT_UNAVAILABLE: exitCodes.gatewayUnreachable,
  RECORDING_UNAVAILABLE: exitCodes.gatewayUnreachable,
  GATEWAY_STOPPING: exitCodes.gatewayUnreachable,
  UPSTREAM_UNREACHABLE: exitCodes.gatewayUnreachable,
  KEY_NOT_ENROLLED: exitCodes.loginRequired,
};

/** An answer that is not a success, as the user's problem. `body` is whatever came. */
export function faultOfAnswer(status: number, body: unknown): UserError {
  const error = errorOf(body);
  if (status === 401) {
    return new UserError(error?.message ?? 'the gateway does not accept your login', {
      code: 'LOGIN_REQUIRED',
      exitCode: exitCodes.loginRequired,
      hint: 'Run: hoopx login',
    });
  }
  if (error === null) {
    return new UserError(`the gateway answered with status ${status}`, {
      code: 'GATEWAY_UNEXPECTED',
      exitCode: exitCodes.gatewayUnreachable,
      hint: 'Does the address belong to a hoopx gateway?',
    });
  }
  const { code, message, hint } = error;
  const exitCode = exitByCode[code] ?? exitCodes.failure;
  return new UserError(message, hint === null ? { code, exitCode } : { code, exitCode, hint });
}

function errorOf(body: unknown): { code: string; message: string; hint: string | null } | null {
  const error = fieldsOf(fieldsOf(body)?.error);
  if (error === null) return null;
  const { code, message, hint } = error;
  if (typeof code !== 'string' || typeof message !== 'string') return null;
  return { code, message, hint: typeof hint === 'string' ? hint : null };
}

function fieldsOf(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null ? { ...value } : null;
}

const untrusted: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from an authority that is not trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the authority of its certificate is not known here',
  UNABLE_TO_GET_ISSUER_CERT: 'the authority of its certificate is not known here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the authority of its certificate is not known here',
  CERT_SIGNATURE_FAILURE: 'its certificate was not signed by the trusted authority',
};

const mistimed: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
};

/** A connection that failed before an answer came. */
export function faultOfConnection(url: string, error: unknown): UserError {
  if (error instanceof UserError) return error;
  const code = codeOf(error);
  const distrust = distrustOf(code);
  if (distrust !== null) {
    return new UserError(`the gateway at ${url} is not trusted: ${distrust.why}`, {
      code: 'GATEWAY_UNTRUSTED',
      exitCode: exitCodes.gatewayUnreachable,
      hint: distrust.hint,
      cause: error,
    });
  }
  return new UserError(`the gateway at ${url} cannot be reached (${describe(code, error)})`, {
    code: 'GATEWAY_UNREACHABLE',
    exitCode: exitCodes.gatewayUnreachable,
    hint: 'Is it running, and is this its address? See: hoopx doctor',
    cause: error,
  });
}

function distrustOf(code: string): { why: string; hint: string } | null {
  const unknown = untrusted[code];
  if (unknown !== undefined) {
    return { why: unknown, hint: "Give its authority's certificate with --ca FILE or HOOPX_CA." };
  }
  const timed = mistimed[code];
  if (timed !== undefined) {
    return { why: timed, hint: "Check this machine's clock; else the gateway needs a new one." };
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return {
      why: 'its certificate is for another name',
      hint: 'Use the name that the certificate was made for in --gateway.',
    };
  }
  return null;
}

export function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';
}

function describe(code: string, error: unknown): string {
  switch (code) {
    case 'ECONNREFUSED':
      return 'nothing listens there';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'its name does not resolve';
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'no route, or no answer';
    case 'ECONNRESET':
    case 'EPIPE':
      return 'the connection broke';
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
      return 'it does not speak TLS';
    default:
      return code !== '' ? code : error instanceof Error ? error.message : 'unknown cause';
  }
}

import type { Configuration } from 'openid-client';
import { exitCodes } from '../core/exit-codes.ts';
import { isLoopback } from '../core/loopback.ts';
import type { Secret } from '../core/secret.ts';
import { UserError } from '../core/user-error.ts';
import { parseObject } from './decoded-token.ts';

/** What a gateway announces of one of its identity providers. */
export interface LoginIssuer {
  readonly name: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** Null: the ID token, whose audience is the client, is what the gateway is shown. */
  readonly audience: string | null;
}

const timeoutSeconds = 10;

/**
 * Reads the provider's metadata (RFC 8414, or OpenID Connect Discovery); the issuer must match.
 * A gateway may be a confidential client; the command line never is.
 */
export async function openProvider(
  issuer: LoginIssuer,
  secret: Secret | null = null,
): Promise<Configuration> {
  const { allowInsecureRequests, ClientSecretPost, customFetch, discovery, None } = await import(
    'openid-client'
  );
  const authentication = secret === null ? None() : ClientSecretPost(secret.reveal());
  const url = new URL(issuer.issuer);
  const plain = url.protocol === 'http:' && isLoopback(url.hostname);
  try {
    return await discovery(url, issuer.clientId, {}, authentication, {
      timeout: timeoutSeconds,
      [customFetch]: fetchFromProvider,
      ...(plain ? { execute: [allowInsecureRequests] } : {}),
    });
  } catch (error) {
    throw providerFault(issuer, 'cannot be used', error);
  }
}

/**
 * Some providers still say `verification_url`, as drafts of RFC 8628 did. Redirects are an
 * error: nothing that is sent there is meant for anybody else.
 */
async function fetchFromProvider(url: string, options: RequestInit): Promise<Response> {
  const response = await fetch(url, { ...options, redirect: 'manual' });
  if (!response.ok) return response;
  const text = await response.text();
  const { status, headers } = response;
  const body = parseObject(text);
  const page = body?.verification_url;
  if (body === null || typeof page !== 'string' || 'verification_uri' in body) {
    return new Response(text === '' ? null : text, { status, headers });
  }
  return new Response(JSON.stringify({ ...body, verification_uri: page }), { status, headers });
}

/** RFC 8707's `resource` where the audience is a URI, and the `audience` that others expect. */
export function audienceParameters({ audience }: LoginIssuer): Record<string, string> {
  if (audience === null) return {};
  return URL.canParse(audience) ? { resource: audience, audience } : { audience };
}

export function providerFault(issuer: LoginIssuer, what: string, error: unknown): UserError {
  return new UserError(`the login provider ${issuer.issuer} ${what}: ${describe(error)}`, {
    code: 'PROVIDER_UNAVAILABLE',
    exitCode: exitCodes.gatewayUnreachable,
    hint: 'Is it reachable from here? It is the one that the gateway names. See: hoopx doctor',
    cause: error,
  });
}

/** The OAuth error code of a provider's answer (RFC 6749, 5.2); null when there was no such answer. */
export function oauthErrorOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('error' in error)) return null;
  return typeof error.error === 'string' ? error.error : null;
}

export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const detail = 'error_description' in error ? error.error_description : undefined;
  if (typeof detail === 'string') return detail;
  if (error instanceof AggregateError && error.errors.length > 0) return describe(error.errors[0]);
  return error.cause instanceof Error ? describe(error.cause) : error.message || error.name;
}

import type { JWK } from 'jose';
import { isProtectedUrl } from '../config/protected-url.ts';
import { isRecord, parseObject } from './decoded-token.ts';
import { IdentityError } from './identity-error.ts';

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

const timeoutMs = 5_000;
const bodyLimit = 512 * 1024;

/**
 * What an issuer publishes of its keys: RFC 8414, or OpenID Connect Discovery 1.0.
 * @throws IdentityError PROVIDER_UNAVAILABLE, PROVIDER_INVALID
 */
export async function fetchJwks(issuer: string, fetch: Fetch): Promise<readonly JWK[]> {
  const metadata = await fetchMetadata(issuer, fetch);
  // Section 3.3: else one provider could speak for another.
  if (metadata.issuer !== issuer) throw invalid(issuer, 'it calls itself by another name');
  if (typeof metadata.jwks_uri !== 'string') throw invalid(issuer, 'it names no keys');
  const body = await fetchJson(metadata.jwks_uri, issuer, fetch);
  const keys = body?.keys;
  if (!Array.isArray(keys)) throw invalid(issuer, 'it publishes no keys');
  return keys.filter(isJwk);
}

function isJwk(value: unknown): value is JWK {
  return isRecord(value) && typeof value.kty === 'string';
}

async function fetchMetadata(
  issuer: string,
  fetch: Fetch,
): Promise<Readonly<Record<string, unknown>>> {
  for (const address of metadataAddresses(issuer)) {
    const body = await fetchJson(address, issuer, fetch);
    if (body !== null) return body;
  }
  throw invalid(issuer, 'it publishes no metadata');
}

/** OpenID Connect appends to the issuer's path; RFC 8414 (3.1) puts itself before it. */
function metadataAddresses(issuer: string): readonly string[] {
  const url = new URL(issuer);
  const path = url.pathname.replace(/\/$/, '');
  return [
    `${url.origin}${path}/.well-known/openid-configuration`,
    `${url.origin}/.well-known/oauth-authorization-server${path}`,
  ];
}

/** Null when there is nothing at that address. */
async function fetchJson(
  address: string,
  issuer: string,
  fetch: Fetch,
): Promise<Readonly<Record<string, unknown>> | null> {
  if (!URL.canParse(address) || !isProtectedUrl(new URL(address))) {
    throw invalid(issuer, 'it is reached without TLS');
  }
  let text: string;
  try {
    const response = await fetch(address, {
      headers: { accept: 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    text = await readLimited(response);
    if (response.status === 404) return null;
    if (!response.ok) throw new Error(`status ${response.status}`);
  } catch (cause) {
    throw new IdentityError('PROVIDER_UNAVAILABLE', `the provider ${issuer} does not answer`, {
      cause,
    });
  }
  const body = parseObject(text);
  if (body === null) throw invalid(issuer, 'it does not answer in JSON');
  return body;
}

async function readLimited(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > bodyLimit) throw new Error('the answer is too large');
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function invalid(issuer: string, why: string): IdentityError {
  return new IdentityError('PROVIDER_INVALID', `the provider ${issuer} cannot be used: ${why}`);
}

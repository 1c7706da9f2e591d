/** What a JWT says of itself, unverified: only for showing, and for knowing when to refresh. */
export interface DecodedToken {
  readonly claims: Readonly<Record<string, unknown>>;
  /** Seconds since the epoch; null when the token does not say. */
  readonly expiresAt: number | null;
  readonly issuedAt: number | null;
}

/** Null when it is no JWT. */
export function decodeToken(token: string): DecodedToken | null {
  const [, body, signature, ...more] = token.split('.');
  if (body === undefined || signature === undefined || more.length > 0) return null;
  const claims = parseObject(Buffer.from(body, 'base64url').toString('utf8'));
  if (claims === null) return null;
  return { claims, expiresAt: numberOf(claims.exp), issuedAt: numberOf(claims.iat) };
}

export function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

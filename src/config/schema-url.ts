import { z } from 'zod';

const urlHint = 'is http:// or https://, a host, and perhaps a port: no user, path or query';

/** An origin: what has a path would be joined with those of requests. */
export const bareUrl = z.string(urlHint).transform((value, context) => {
  const parsed = URL.canParse(value) ? new URL(value) : null;
  const bare = parsed !== null && parsed.href === `${parsed.origin}/`;
  if (bare && (parsed.protocol === 'http:' || parsed.protocol === 'https:')) return parsed.origin;
  context.addIssue(urlHint);
  return z.NEVER;
});

export interface UrlPlace {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
}

export function placeOf(url: string): UrlPlace {
  const { protocol, hostname, port } = new URL(url);
  const scheme = protocol === 'https:' ? 'https' : 'http';
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return { scheme, host, port: port === '' ? (scheme === 'https' ? 443 : 80) : Number(port) };
}

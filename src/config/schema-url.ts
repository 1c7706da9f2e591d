import { z } from 'zod';
import { isProtectedUrl } from './protected-url.ts';

const urlHint = 'is http:// or https://, a host, and perhaps a port: no user, path or query';

/** An origin: what has a path would be joined with those of requests. */
export const bareUrl = z.string(urlHint).transform((value, context) => {
  const parsed = URL.canParse(value) ? new URL(value) : null;
  const bare = parsed !== null && parsed.href === `${parsed.origin}/`;
  if (bare && (parsed.protocol === 'http:' || parsed.protocol === 'https:')) return parsed.origin;
  context.addIssue(urlHint);
  return z.NEVER;
});

/** What proves who asks stands elsewhere: a password in it would be a secret in the file. */
export const protectedUrl = z.string().refine((value) => {
  const url = URL.canParse(value) ? new URL(value) : null;
  return url !== null && isProtectedUrl(url) && url.username === '' && url.password === '';
}, 'must be an https address with no user or password; http is for this machine');

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

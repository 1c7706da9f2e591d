import { z } from 'zod';
import { listen } from './schema-listen.ts';
import { certificate, closed, name, secret, text, texts } from './schema-parts.ts';

/** Becomes an origin: no path, no trailing slash. */
const publicUrl = z.string().transform((value, context): string => {
  const url = URL.canParse(value) ? new URL(value) : null;
  const isOrigin =
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    `${url.pathname}${url.search}${url.hash}${url.username}${url.password}` === '/';
  if (isOrigin) return url.origin;
  context.addIssue('must be an address without a path, such as https://hoopx.example.com');
  return z.NEVER;
});

export const gateway = closed({
  listen: listen.default({ host: '127.0.0.1', port: 7443 }),
  publicUrl: publicUrl.optional(),
  tls: closed({ cert: certificate, key: secret }).optional(),
  operators: texts.default([]),
});

/** The path of an SQLite file, not yet resolved. */
export const store = z.string().transform((value, context): string => {
  const file = /^sqlite:(.+)$/s.exec(value)?.[1];
  if (file !== undefined && !file.startsWith(':memory:')) return file;
  context.addIssue(
    /^postgres(ql)?:/.test(value)
      ? 'a PostgreSQL store is not enforced yet by this version of hoopx; write sqlite:PATH'
      : 'must be sqlite:PATH',
  );
  return z.NEVER;
});

const kinds = z.enum(['human', 'ci', 'agent']);

export const identity = closed({
  name,
  issuer: text,
  clientId: text,
  clientSecret: secret.optional(),
  audience: text.optional(),
  scopes: texts.default(['openid', 'profile', 'email', 'offline_access']),
  groupsClaim: text.default('groups'),
  personClaim: text.default('sub'),
  ownerClaim: text.optional(),
  kind: z
    .union([kinds, closed({ claim: text })], 'must be human, ci, agent or { claim: NAME }')
    .default('human'),
  personNamespace: text.optional(),
  clockSkewSeconds: z
    .int('must be a whole number of seconds')
    .min(0, 'must be at least 0')
    .max(300, 'must be at most 300')
    .default(30),
});

import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { JsonObject } from './json.ts';
import type { Principal } from './principal.ts';

const domain = 'hoopx.operation/v1';

/** All that an approval is bound to. Nothing else may enter, and nothing may be left out. */
export interface DigestInput {
  readonly connection: string;
  readonly connectionRevision: string;
  readonly protocol: string;
  readonly database: string | null;
  readonly upstreamUser: string;
  readonly principal: Pick<Principal, 'issuer' | 'subject'>;
  readonly action: JsonObject;
}

/** `sha256:` and 64 hexadecimal digits over domain, NUL, canonical JSON (RFC 8785). */
export function operationDigest(input: DigestInput): string {
  const { principal, ...rest } = input;
  const body = { ...rest, principal: { issuer: principal.issuer, subject: principal.subject } };
  return digestOf(domain, body);
}

/** The same construction for other things that need a revision: configuration, connections. */
export function digestOf(tag: string, value: unknown): string {
  const json = canonicalize(value);
  if (json === undefined) throw new TypeError('not representable as JSON');
  return `sha256:${createHash('sha256').update(tag).update('\0').update(json).digest('hex')}`;
}

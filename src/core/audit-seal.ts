import { createHash, randomBytes } from 'node:crypto';
import canonicalize from 'canonicalize';
import {
  type AuditBody,
  type AuditHead,
  type AuditPrincipal,
  type AuditRecord,
  auditVersion,
  type Commitment,
  type SealedRecord,
} from './audit-record.ts';
import type { Principal } from './principal.ts';

/** Puts a record at the end of the log: canonical JSON (RFC 8785), linked to the one before. */
export function sealRecord(body: AuditBody, head: AuditHead | null, now: number): SealedRecord {
  const seq = (head?.seq ?? 0) + 1;
  const record: AuditRecord = {
    ...wellFormed(body),
    v: auditVersion,
    seq,
    time: new Date(now).toISOString(),
    prev: head?.hash ?? null,
  };
  const line = canonicalJson(record);
  return { seq, line, hash: recordHash(line) };
}

/** RFC 8785 has no form for half a surrogate pair, which a name from outside may hold. */
function wellFormed<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value), (_key, each) =>
    typeof each === 'string' ? each.replace(loneSurrogate, '\u{fffd}') : each,
  );
}

const loneSurrogate = /\p{Surrogate}/gu;

export function canonicalJson(value: unknown): string {
  const json = canonicalize(value);
  if (json === undefined) throw new TypeError('not representable as JSON');
  return json;
}

/** The record's leaf in the Merkle tree (RFC 6962, 2.1): SHA-256 of a zero byte and the line. */
export function leafHash(line: string | Buffer): Buffer {
  return createHash('sha256').update(leafPrefix).update(line).digest();
}

/** The same, as `prev` of the next record has it. */
export function recordHash(line: string): string {
  return `sha256:${leafHash(line).toString('hex')}`;
}

const leafPrefix = new Uint8Array([0]);

/** 128 bits: what is committed under it cannot be found by trying. */
export function mintSalt(): string {
  return randomBytes(16).toString('base64url');
}

/** Over the salt's text, NUL, and the content's; the salt has no NUL, so the split is certain. */
export function commitmentTo(salt: string, content: string): Commitment {
  const hash = createHash('sha256').update(salt).update('\0').update(content).digest('hex');
  return `sha256:${hash}`;
}

export function auditPrincipal(principal: Principal): AuditPrincipal {
  const { issuer, subject, kind, name, person, personNamespace, groups } = principal;
  return { issuer, subject, kind, name, person, personNamespace, groups };
}

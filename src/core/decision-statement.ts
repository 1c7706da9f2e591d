import type { AuditSignature, Commitment } from './audit-record.ts';
import { canonicalJson, commitmentTo } from './audit-seal.ts';
import type { Decision } from './request.ts';
import { isSignedBy, reviewerKeyId, type SigningKey } from './signing-key.ts';

/** All that a reviewer's signature stands for. */
export interface DecisionStatement {
  readonly request: string;
  /**
   * SHA-256 over the request's salt and the digest that the reviewer was shown: so the
   * signature covers both, and can still be checked when both have been erased.
   */
  readonly operation: Commitment;
  readonly decision: Decision['kind'];
  readonly policyRevision: string;
  /** RFC 3339, by the reviewer's clock. */
  readonly time: string;
}

/** The request as its reviewer was shown it. */
export interface Decidee {
  readonly id: string;
  readonly salt: string;
  readonly digest: string;
  readonly policyRevision: string;
}

export function statementOf(
  { id, salt, digest, policyRevision }: Decidee,
  decision: Decision['kind'],
  time: string,
): DecisionStatement {
  const operation = commitmentTo(salt, digest);
  return { request: id, operation, decision, policyRevision, time };
}

export function signDecision(
  key: SigningKey,
  request: Decidee,
  decision: Decision['kind'],
  now: number,
): AuditSignature {
  const time = new Date(now).toISOString();
  const signature = key.sign(decisionText(statementOf(request, decision, time)));
  return { keyId: reviewerKeyId(key.publicKey), time, signature: signature.toString('base64') };
}

/** `publicKey` is the one that the signature names; whose it is must be known from elsewhere. */
export function isDecisionSigned(
  publicKey: string,
  statement: DecisionStatement,
  { keyId, signature }: AuditSignature,
): boolean {
  if (reviewerKeyId(publicKey) !== keyId) return false;
  return isSignedBy(publicKey, decisionText(statement), Buffer.from(signature, 'base64'));
}

/** What makes a key somebody's: signed by it, and bound to the token that brings it. */
export function enrolmentText(publicKey: string, tokenHash: string): string {
  return canonicalJson({ v: 'hoopx.reviewer-key/v1', publicKey, token: tokenHash });
}

function decisionText(statement: DecisionStatement): string {
  return canonicalJson({ v: 'hoopx.decision/v1', ...statement });
}

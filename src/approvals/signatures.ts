import type { AuditSignature } from '../core/audit-record.ts';
import { isDecisionSigned, statementOf } from '../core/decision-statement.ts';
import type { Principal } from '../core/principal.ts';
import type { Decision, HeldRequest } from '../core/request.ts';
import type { ReviewerKeys } from '../core/reviewer-keys.ts';

export type SignatureObjectionCode = 'KEY_NOT_ENROLLED' | 'BAD_SIGNATURE';

export interface SignatureObjection {
  readonly code: SignatureObjectionCode;
  readonly message: string;
}

interface SignedInput {
  readonly kind: Decision['kind'];
  /** What the reviewer was shown. */
  readonly digest: string;
  readonly signature: AuditSignature;
}

/** Why the signature is not this very reviewer's over this very decision; null when it is. */
export async function signatureObjection(
  keys: Pick<ReviewerKeys, 'find'>,
  { id, salt, policyRevision }: HeldRequest,
  { kind, digest, signature }: SignedInput,
  reviewer: Principal,
): Promise<SignatureObjection | null> {
  const publicKey = await keys.find(reviewer, signature.keyId);
  if (publicKey === null) {
    const message = 'the gateway does not know the key that signed this decision as yours';
    return { code: 'KEY_NOT_ENROLLED', message };
  }
  const statement = statementOf({ id, salt, digest, policyRevision }, kind, signature.time);
  if (isDecisionSigned(publicKey, statement, signature)) return null;
  return { code: 'BAD_SIGNATURE', message: 'the signature is not one over this decision' };
}

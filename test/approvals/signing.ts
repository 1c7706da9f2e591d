import type { Decided, DecisionInput } from '../../src/approvals/controls.ts';
import {
  type ApprovalDependencies,
  type ApprovalService,
  createApprovals,
} from '../../src/approvals/service.ts';
import type { AuditSignature } from '../../src/core/audit-record.ts';
import { signDecision } from '../../src/core/decision-statement.ts';
import { type Principal, principalKey } from '../../src/core/principal.ts';
import { generateSigningKey, type SigningKey } from '../../src/core/signing-key.ts';
import type { Store } from '../../src/store/store.ts';

export type SigningApprovals = Omit<ApprovalService, 'decide'> & {
  /** Signs with the reviewer's own key, which is enrolled first. */
  decide(id: string, input: Unsigned, reviewer: Principal): Promise<Decided>;
};

type Unsigned = Omit<DecisionInput, 'signature'>;

/** The service, with a device for each reviewer. */
export function createSigningApprovals(
  store: Pick<Store, 'requests' | 'reviewerKeys'>,
  rest: Omit<ApprovalDependencies, 'store' | 'keys'>,
): SigningApprovals {
  const approvals = createApprovals({ ...rest, store: store.requests, keys: store.reviewerKeys });
  const keys = new Map<string, SigningKey>();

  async function keyOf(principal: Principal): Promise<SigningKey> {
    const known = keys.get(principalKey(principal));
    if (known !== undefined) return known;
    const key = generateSigningKey();
    await store.reviewerKeys.enrol({ principal, publicKey: key.publicKey, origin: 'login' });
    keys.set(principalKey(principal), key);
    return key;
  }

  return {
    ...approvals,
    async decide(id, input, reviewer) {
      const request = await store.requests.get(id);
      const { salt = '', policyRevision = '' } = request ?? {};
      const decidee = { id, salt, policyRevision, digest: input.digest };
      const signature = signDecision(await keyOf(reviewer), decidee, input.kind, Date.now());
      return approvals.decide(id, { ...input, signature }, reviewer);
    },
  };
}

/** For requests that are only looked at. */
export const someSignature: AuditSignature = {
  keyId: `ed25519:${'0'.repeat(32)}`,
  time: '2026-01-01T00:00:00.000Z',
  signature: `${'A'.repeat(86)}==`,
};

import type { AuditPrincipal, AuditRecord } from '../core/audit-record.ts';
import { reviewerKeyId } from '../core/signing-key.ts';
import { isKeyOf, type ListedKey } from './reviewer-key-list.ts';

/** Whose keys are whose, as the log says and as was learned elsewhere. */
export interface KeyRing {
  /** What is wrong with it, or null. */
  enrol(record: Extract<AuditRecord, { type: 'reviewer_key_enrolled' }>): string | null;
  /** The principal's key of that id, or why it does not count. */
  keyOf(
    principal: AuditPrincipal,
    keyId: string,
  ): { readonly key: ListedKey } | { readonly problem: string } | 'unseen';
  /** Those that decided something and were not pinned. */
  onGatewaysWord(): readonly ListedKey[];
  /** Ids of those that may have been enrolled before the first record that was read. */
  unseen(): readonly string[];
}

/** `whole`: it is told of every enrolment. */
export function createKeyRing(pinned: readonly ListedKey[] | null, whole: boolean): KeyRing {
  const unseen = new Set<string>();
  const enrolled: ListedKey[] = [];
  const trusted = new Map<string, ListedKey>();

  return {
    enrol({ keyId, publicKey, principal: { issuer, subject } }) {
      if (reviewerKeyId(publicKey) !== keyId) return 'the key enrolled is not the one it names';
      enrolled.push({ keyId, publicKey, issuer, subject });
      return null;
    },
    keyOf(principal, keyId) {
      const mine = (key: ListedKey) => key.keyId === keyId && isKeyOf(key, principal);
      if (pinned !== null) {
        const key = pinned.find(mine);
        if (key !== undefined) return { key };
        return { problem: `it is signed by ${keyId}, which is not among the reviewer keys given` };
      }
      const key = enrolled.find(mine);
      if (key === undefined && !whole) {
        unseen.add(keyId);
        return 'unseen';
      }
      if (key === undefined) {
        return { problem: `it is signed by ${keyId}, which was never enrolled for its reviewer` };
      }
      trusted.set(`${keyId} ${key.issuer} ${key.subject}`, key);
      return { key };
    },
    onGatewaysWord: () => [...trusted.values()],
    unseen: () => [...unseen],
  };
}

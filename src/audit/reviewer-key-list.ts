import type { AuditPrincipal } from '../core/audit-record.ts';
import { reviewerKeyId } from '../core/signing-key.ts';

/** A reviewer's public key, and whose it is. */
export interface ListedKey {
  readonly keyId: string;
  readonly publicKey: string;
  readonly issuer: string;
  readonly subject: string;
}

/**
 * Keys that were learned elsewhere than from the log: a line each, `KEY ISSUER SUBJECT`, the
 * key as 32 bytes in base64. Empty lines and those that begin with # are passed over. Null for
 * a text that has any other line.
 */
export function parseKeyList(text: string): readonly ListedKey[] | null {
  const keys: ListedKey[] = [];
  for (const line of text.split('\n')) {
    if (/^\s*(#|$)/.test(line)) continue;
    const [, publicKey = '', issuer = '', subject = ''] =
      /^([A-Za-z0-9+/]{43}=) (\S+) (.+)$/.exec(line.trim()) ?? [];
    if (publicKey === '') return null;
    keys.push({ keyId: reviewerKeyId(publicKey), publicKey, issuer, subject });
  }
  return keys;
}

export function isKeyOf(
  key: ListedKey,
  { issuer, subject }: Pick<AuditPrincipal, 'issuer' | 'subject'>,
): boolean {
  return key.issuer === issuer && key.subject === subject;
}

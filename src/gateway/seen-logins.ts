import type { AuditLog } from '../audit/log.ts';
import { auditPrincipal } from '../core/audit-seal.ts';
import type { Principal } from '../core/principal.ts';

/** Tokens that have been seen; the oldest are forgotten, and then seen anew. */
const most = 10_000;

/** The first use of each token is taken down before it opens anything. */
export function createSeenLogins(audit: Pick<AuditLog, 'append'>) {
  const seen = new Map<string, Promise<void>>();

  return {
    /** Throws a `RefusedError` when it cannot be taken down. */
    async login(principal: Principal, tokenHash: string, expiresAt: number): Promise<void> {
      const known = seen.get(tokenHash);
      if (known !== undefined) return known;
      const taken = audit.append({
        type: 'login_seen',
        principal: auditPrincipal(principal),
        authenticatedBy: principal.authenticatedBy,
        tokenExpiresAt: new Date(expiresAt).toISOString(),
      });
      seen.set(tokenHash, taken);
      const [oldest] = seen.keys();
      if (seen.size > most && oldest !== undefined) seen.delete(oldest);
      try {
        await taken;
      } catch (error) {
        seen.delete(tokenHash);
        throw error;
      }
    },
  };
}

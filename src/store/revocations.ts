import type { Kysely, Transaction } from 'kysely';
import type { Clock } from '../core/clock.ts';
import type { TokenRevocations } from '../core/token-revocations.ts';
import type { Tables } from './schema.ts';
import { refusing } from './store-failure.ts';

/** Forgets a revocation once its token has long expired, so the table does not grow for ever. */
const keptMs = 24 * 60 * 60 * 1_000;

export function createTokenRevocations(db: Kysely<Tables>, clock: Clock): TokenRevocations {
  return {
    revoke: (hash, until) =>
      refusing(() => db.transaction().execute((tx) => revoke(tx, hash, until))),
    isRevoked: (hash) =>
      refusing(async () => {
        const row = await db
          .selectFrom('revoked_tokens')
          .select('hash')
          .where('hash', '=', hash)
          .executeTakeFirst();
        return row !== undefined;
      }),
  };

  async function revoke(tx: Transaction<Tables>, hash: string, until: number): Promise<void> {
    await tx
      .deleteFrom('revoked_tokens')
      .where('expires_at', '<', clock() - keptMs)
      .execute();
    await tx
      .insertInto('revoked_tokens')
      .values({ hash, expires_at: until })
      .onConflict((conflict) => conflict.column('hash').doUpdateSet({ expires_at: until }))
      .execute();
  }
}

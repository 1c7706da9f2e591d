import type { Kysely, Transaction } from 'kysely';
import { auditPrincipal } from '../core/audit-seal.ts';
import type { Clock } from '../core/clock.ts';
import { principalKey } from '../core/principal.ts';
import type { Enrolment, ReviewerKeys } from '../core/reviewer-keys.ts';
import { reviewerKeyId } from '../core/signing-key.ts';
import { appendRecords } from './audit.ts';
import type { Tables } from './schema.ts';
import { refusing } from './store-failure.ts';

/** Of one principal; with another, the oldest goes. */
const keptKeys = 20;

export function createReviewerKeys(db: Kysely<Tables>, clock: Clock): ReviewerKeys {
  return {
    enrol: (enrolment) =>
      refusing(() => db.transaction().execute((tx) => enrol(tx, enrolment, clock()))),
    find: (principal, keyId) =>
      refusing(async () => {
        const row = await db
          .selectFrom('reviewer_keys')
          .select('public_key')
          .where('key_id', '=', keyId)
          .where('principal', '=', principalKey(principal))
          .executeTakeFirst();
        return row?.public_key ?? null;
      }),
  };
}

async function enrol(
  tx: Transaction<Tables>,
  { principal, publicKey, origin }: Enrolment,
  now: number,
): Promise<void> {
  const keyId = reviewerKeyId(publicKey);
  const owner = principalKey(principal);
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('reviewer_keys')
    .values({ key_id: keyId, principal: owner, public_key: publicKey, origin, enrolled_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  if (numInsertedOrUpdatedRows !== 1n) return;
  const kept = tx
    .selectFrom('reviewer_keys')
    .select('key_id')
    .where('principal', '=', owner)
    .orderBy('enrolled_at', 'desc')
    .orderBy('key_id')
    .limit(keptKeys);
  await tx
    .deleteFrom('reviewer_keys')
    .where('principal', '=', owner)
    .where('key_id', '!=', keyId)
    .where('key_id', 'not in', kept)
    .execute();
  const by = auditPrincipal(principal);
  const body = { type: 'reviewer_key_enrolled', principal: by, keyId, publicKey, origin } as const;
  await appendRecords(tx, [body], now);
}

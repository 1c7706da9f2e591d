import type { Kysely, Transaction } from 'kysely';
import type { AuditBody, AuditEntry, AuditHead, AuditLedger } from '../core/audit-record.ts';
import { sealRecord } from '../core/audit-seal.ts';
import type { Clock } from '../core/clock.ts';
import type { Tables } from './schema.ts';
import { refusing } from './store-failure.ts';

export function createAuditLedger(db: Kysely<Tables>, clock: Clock): AuditLedger {
  return {
    append: (entries) =>
      refusing(() => db.transaction().execute((tx) => appendEntries(tx, entries, clock()))),
    head: () => refusing(() => headOf(db)),
    after: (seq, limit) =>
      refusing(() =>
        db
          .selectFrom('audit_records')
          .select(['seq', 'hash', 'line'])
          .where('seq', '>', seq)
          .orderBy('seq')
          .limit(limit)
          .execute(),
      ),
    unclosedRecordings: () =>
      refusing(async () => {
        const rows = await db.selectFrom('unclosed_recordings').select('session_id').execute();
        return rows.map(({ session_id }) => session_id);
      }),
  };
}

async function appendEntries(
  tx: Transaction<Tables>,
  entries: readonly AuditEntry[],
  now: number,
): Promise<void> {
  for (const entry of entries) await keepBeside(tx, entry);
  const bodies = entries.map(({ body }) => body);
  await appendRecords(tx, bodies, now);
}

/** What has to be remembered outside the log until a later record, or for as long as content is kept. */
async function keepBeside(tx: Transaction<Tables>, { body, salt }: AuditEntry): Promise<void> {
  if (body.type === 'recording_closed') {
    await tx.deleteFrom('unclosed_recordings').where('session_id', '=', body.session).execute();
  }
  if (body.type !== 'session_began') return;
  const session_id = body.session;
  if (salt !== undefined) await tx.insertInto('audit_salts').values({ session_id, salt }).execute();
  if (body.recording === undefined) return;
  await tx.insertInto('unclosed_recordings').values({ session_id }).execute();
}

/**
 * Part of the very transaction whose change it takes down. The head is read here and not
 * remembered, so that a transaction that is rolled back leaves no hole; one gateway holds the
 * store, and its transactions come one after the other.
 */
export async function appendRecords(
  tx: Transaction<Tables>,
  bodies: readonly AuditBody[],
  now: number,
): Promise<void> {
  let head = await headOf(tx);
  for (const body of bodies) {
    const sealed = sealRecord(body, head, now);
    await tx.insertInto('audit_records').values(sealed).execute();
    head = sealed;
  }
}

async function headOf(db: Kysely<Tables>): Promise<AuditHead | null> {
  const row = await db
    .selectFrom('audit_records')
    .select(['seq', 'hash'])
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

import type { Kysely } from 'kysely';
import type { Tables } from './schema.ts';
import { refusing } from './store-failure.ts';

/** No token has this hash. */
const hash = 'a try whether the store can be written';

/** Committed, so that a full disk shows; a row that comes and goes still takes its page. */
export function tryWriting(db: Kysely<Tables>): Promise<void> {
  return refusing(() =>
    db.transaction().execute(async (tx) => {
      await tx.insertInto('revoked_tokens').values({ hash, expires_at: 0 }).execute();
      await tx.deleteFrom('revoked_tokens').where('hash', '=', hash).execute();
    }),
  );
}

import { Migrator } from 'kysely';
import type { RequestStore } from '../approvals/request-store.ts';
import type { AuditLedger } from '../core/audit-record.ts';
import type { Clock } from '../core/clock.ts';
import type { ContentErasure } from '../core/content-erasure.ts';
import { exitCodes } from '../core/exit-codes.ts';
import type { ReviewerKeys } from '../core/reviewer-keys.ts';
import type { Secret } from '../core/secret.ts';
import type { TokenRevocations } from '../core/token-revocations.ts';
import { UserError } from '../core/user-error.ts';
import { createAuditLedger } from './audit.ts';
import { createContentErasure } from './content-erasure.ts';
import { ownMaskingKey } from './masking-key.ts';
import { migrations } from './migrations.ts';
import { createRequestStore } from './requests.ts';
import { createReviewerKeys } from './reviewer-keys.ts';
import { createTokenRevocations } from './revocations.ts';
import { openSqlite, type SqliteStore } from './sqlite.ts';
import { tryWriting } from './try-writing.ts';

export type StoreLocation =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: Secret };

/** All that a gateway remembers. One gateway at a time holds a store. */
export interface Store {
  readonly requests: RequestStore;
  readonly revocations: TokenRevocations;
  /** For masks; the same as long as the store is kept. */
  readonly maskingKey: Secret;
  readonly audit: AuditLedger;
  readonly reviewerKeys: ReviewerKeys;
  readonly erasure: ContentErasure;
  /** Writes, and leaves nothing. Throws a `RefusedError` when that cannot be done. */
  assertWritable(): Promise<void>;
  /** Everything throws afterwards. */
  close(): Promise<void>;
}

/** Opens the store and brings it up to date. Throws a `UserError` for what its owner can mend. */
export async function openStore(location: StoreLocation, clock: Clock = Date.now): Promise<Store> {
  if (location.kind === 'postgres') throw notEnforcedYet();
  const sqlite = openSqlite(location.path);
  try {
    await migrate(sqlite, location.path);
    return storeOver(sqlite, ownMaskingKey(sqlite.file), clock);
  } catch (error) {
    await sqlite.close();
    throw error;
  }
}

function storeOver(sqlite: SqliteStore, maskingKey: Secret, clock: Clock): Store {
  return {
    maskingKey,
    requests: createRequestStore(sqlite.db, clock),
    revocations: createTokenRevocations(sqlite.db, clock),
    audit: createAuditLedger(sqlite.db, clock),
    reviewerKeys: createReviewerKeys(sqlite.db, clock),
    erasure: createContentErasure(sqlite.db, clock),
    assertWritable: () => tryWriting(sqlite.db),
    close: () => sqlite.close(),
  };
}

async function migrate({ db }: SqliteStore, path: string): Promise<void> {
  const provider = { getMigrations: async () => ({ ...migrations }) };
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  if (error === undefined) return;
  throw new UserError(`the store ${path} could not be brought up to date`, {
    code: 'STORE_UNUSABLE',
    exitCode: exitCodes.badConfiguration,
    hint: error instanceof Error ? error.message : String(error),
    cause: error,
  });
}

function notEnforcedYet(): UserError {
  return new UserError('a PostgreSQL store is not enforced yet', {
    code: 'NOT_ENFORCED',
    exitCode: exitCodes.badConfiguration,
    hint: 'Use store: sqlite:./hoopx.db',
  });
}

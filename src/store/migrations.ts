import { type Kysely, type Migration, sql } from 'kysely';

/** In order of their names. One that was released is never changed: add another. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001_requests': { up: createRequests },
  '0002_revoked_tokens': { up: createRevokedTokens },
  '0003_audit': { up: createAudit },
  '0004_unclosed_recordings': { up: createUnclosedRecordings },
  '0005_rewritten': { up: rewrite },
};

async function createRequests(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('requests')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('mode', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('due_at', 'bigint')
    .addColumn('requester', 'text', (column) => column.notNull())
    .addColumn('connection', 'text', (column) => column.notNull())
    .addColumn('digest', 'text', (column) => column.notNull())
    .addColumn('key_claim', 'text', (column) => column.unique())
    .addColumn('open_claim', 'text', (column) => column.unique())
    .addColumn('body', 'text', (column) => column.notNull())
    .execute();
  for (const [name, columns] of indexes) {
    await db.schema.createIndex(name).on('requests').columns(columns).execute();
  }
  await db.schema
    .createTable('consumptions')
    .addColumn('request_id', 'text', (column) =>
      column.primaryKey().notNull().references('requests.id'),
    )
    .addColumn('version', 'integer', (column) => column.notNull())
    .execute();
}

const indexes: readonly (readonly [string, string[]])[] = [
  ['requests_newest', ['created_at', 'id']],
  ['requests_state', ['state', 'created_at', 'id']],
  ['requests_due', ['due_at']],
  ['requests_requester', ['requester', 'digest']],
];

async function createRevokedTokens(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('revoked_tokens')
    .addColumn('hash', 'text', (column) => column.primaryKey().notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute();
}

async function createAudit(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('audit_records')
    .addColumn('seq', 'bigint', (column) => column.primaryKey().notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('line', 'text', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('audit_salts')
    .addColumn('session_id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('salt', 'text', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('reviewer_keys')
    .addColumn('key_id', 'text', (column) => column.notNull())
    .addColumn('principal', 'text', (column) => column.notNull())
    .addColumn('public_key', 'text', (column) => column.notNull())
    .addColumn('origin', 'text', (column) => column.notNull())
    .addColumn('enrolled_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('reviewer_keys_pk', ['key_id', 'principal'])
    .execute();
}

async function createUnclosedRecordings(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('unclosed_recordings')
    .addColumn('session_id', 'text', (column) => column.primaryKey().notNull())
    .execute();
}

/**
 * Once, because versions before this one did not zero what they let go of. The copy goes to a file:
 * SQLite would make it in memory.
 */
async function rewrite(db: Kysely<unknown>): Promise<void> {
  await sql`pragma temp_store = file`.execute(db);
  await sql`pragma auto_vacuum = none`.execute(db);
  await sql`vacuum`.execute(db);
  await sql`pragma temp_store = default`.execute(db);
  await sql`pragma wal_checkpoint(truncate)`.execute(db);
}

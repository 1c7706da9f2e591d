import { Kysely, type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely';
import Database from 'libsql';
import { exitCodes } from '../core/exit-codes.ts';
import { UserError } from '../core/user-error.ts';
import { openPrivateFile } from './private-file.ts';
import type { Tables } from './schema.ts';
import { lockStore } from './sqlite-lock.ts';
import { failureReason } from './store-failure.ts';

export interface SqliteStore {
  /** Its real path. */
  readonly file: string;
  readonly db: Kysely<Tables>;
  close(): Promise<void>;
}

/** Short, because the wait blocks every session; only foreign programs can cause it. */
const busyTimeoutMs = 250;

/** Throws a `UserError` (STORE_IN_USE, STORE_UNUSABLE). */
export function openSqlite(path: string): SqliteStore {
  const file = usable(path, () => openPrivateFile(path));
  const unlock = usable(path, () => lockStore(file));
  try {
    const database = usable(path, () => configured(file));
    const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: steadied(database) }) });
    return {
      file,
      db,
      async close() {
        await db.destroy();
        // Kysely closes only what it has used; closing twice does nothing.
        database.close();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

function configured(file: string): Database.Database {
  const database = new Database(file, { timeout: busyTimeoutMs });
  try {
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.pragma('foreign_keys = ON');
    database.pragma('secure_delete = ON');
    database.prepare('SELECT count(*) FROM sqlite_master').all();
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Enough for every statement that this folder sends. */
const keptStatements = 200;

/**
 * Two things that Kysely does not expect. A statement that met a lock stays active until it is
 * run again, and no other can commit meanwhile: so statements are kept and used again, and a
 * transaction takes the write lock as it begins. And SQLite ends a transaction by itself on
 * some errors, a full disk for one: ROLLBACK would then fail, and hide what happened.
 */
function steadied(database: Database.Database): SqliteDatabase {
  const kept = new Map<string, SqliteStatement>();

  function prepare(sql: string): SqliteStatement {
    const known = kept.get(sql);
    if (known !== undefined) return known;
    const statement = database.prepare(sql);
    if (kept.size < keptStatements) kept.set(sql, statement);
    return statement;
  }

  return {
    close: () => {
      database.close();
    },
    prepare(sql) {
      if (sql === 'begin') return prepare('begin immediate');
      return prepare(sql === 'rollback' && !database.inTransaction ? 'select 1' : sql);
    },
  };
}

function usable<Result>(path: string, open: () => Result): Result {
  try {
    return open();
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`the store ${path} cannot be used: ${failureReason(cause)}`, {
      code: 'STORE_UNUSABLE',
      exitCode: exitCodes.badConfiguration,
      hint: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
}

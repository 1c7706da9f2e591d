import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unallocated } from '../../src/store/page-gap.ts';
import { scrub } from '../../src/store/scrubbing.ts';
import { openSqlite, type SqliteStore } from '../../src/store/sqlite.ts';
import { temporaryFolder } from '../approvals/bench.ts';

const planted = 'PLANTED-51d0';

let folder: ReturnType<typeof temporaryFolder>;
let store: SqliteStore;
beforeEach(() => {
  folder = temporaryFolder();
  store = openSqlite(join(folder.path, 'hoopx.db'));
});
afterEach(async () => {
  await store.close();
  folder.remove();
});

/** The same numbers in every run, though in no order. */
function scattered(index: number, below: number): number {
  return createHash('sha256').update(`${index}`).digest().readUInt32BE() % below;
}

/** Rows that share a page, and some that overflow into others. */
function text(index: number): string {
  const longest = scattered(index, 4) === 0 ? 2_000 : 70;
  return planted.repeat(1 + scattered(index + 0.5, longest));
}

/** Each row is put in, made longer or shorter as others come, and in the end erased. */
async function plantMoveAndErase(count: number): Promise<void> {
  await sql`create table rows (id text primary key, said text not null)`.execute(store.db);
  await sql`create index said on rows (substr(said, 1, 40), id)`.execute(store.db);
  await store.db.transaction().execute(async (tx) => {
    for (let index = 0; index < count; index += 1) {
      const id = `${scattered(index, 2 ** 32)}`;
      await sql`insert into rows values (${id}, ${text(index)})`.execute(tx);
      const other = `${scattered(scattered(-index, index + 1), 2 ** 32)}`;
      await sql`update rows set said = ${text(-index)} where id = ${other}`.execute(tx);
    }
    await sql`update rows set said = ''`.execute(tx);
  });
}

async function saysPlanted(): Promise<boolean> {
  await sql`pragma wal_checkpoint(truncate)`.execute(store.db);
  return readFileSync(store.file).includes(planted);
}

describe('scrubbing', () => {
  it('zeroes what secure_delete leaves of rows where they have been', async () => {
    await plantMoveAndErase(1_500);
    expect(await saysPlanted()).toBe(true);
    await scrub(store.db);
    expect(await saysPlanted()).toBe(false);
    const { rows } = await sql`pragma integrity_check`.execute(store.db);
    expect(rows).toEqual([{ integrity_check: 'ok' }]);
    const left = await sql`select count(*) as count from rows where said = ''`.execute(store.db);
    expect(left.rows).toEqual([{ count: 1_500 }]);
  });

  it('does not touch a store that another program gave pages of pointers', async () => {
    await sql`pragma auto_vacuum = incremental`.execute(store.db);
    await sql`vacuum`.execute(store.db);
    await plantMoveAndErase(200);
    await expect(scrub(store.db)).rejects.toThrow('a store with auto_vacuum cannot be scrubbed');
    const { rows } = await sql`pragma integrity_check`.execute(store.db);
    expect(rows).toEqual([{ integrity_check: 'ok' }]);
  });

  it('does not touch a page that is not as the format says', () => {
    const page = Buffer.alloc(4_096);
    page.writeUInt8(0x0d, 0);
    page.writeUInt16BE(3, 3);
    for (const start of [13, 4_097]) {
      page.writeUInt16BE(start, 5);
      expect(() => unallocated(page, 2)).toThrow('page 2 of the store is damaged');
    }
    page.writeUInt16BE(14, 5);
    expect(unallocated(page, 2)).toHaveLength(0);
    expect(unallocated(Buffer.alloc(4_096, 1), 2)).toBeNull();
  });
});

import { type Kysely, sql, type Transaction } from 'kysely';
import { mostPages, unallocated } from './page-gap.ts';
import type { Tables } from './schema.ts';

/** So few that others who wait for the store hardly notice. */
const pagesAtOnce = 128;

const zeros = Buffer.alloc(65_536);

/**
 * Zeroes what `secure_delete` leaves: copies of rows in the unallocated space of pages that they
 * have left. In steps, between which others use the store: that space is never copied to another
 * page, and whatever is freed meanwhile is zeroed at once.
 */
export async function scrub(db: Kysely<Tables>): Promise<void> {
  const { rows: kinds } = await sql<{ auto_vacuum: number }>`pragma auto_vacuum`.execute(db);
  // Its pages of pointers can begin as others do.
  if (kinds[0]?.auto_vacuum !== 0) throw new Error('a store with auto_vacuum cannot be scrubbed');
  const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(db);
  const pages = rows[0]?.page_count ?? 0;
  if (pages >= mostPages) throw new Error('the store is too large to be scrubbed');
  for (let from = 1; from <= pages; from += pagesAtOnce) {
    const to = Math.min(from + pagesAtOnce - 1, pages);
    await db.transaction().execute((tx) => scrubPages(tx, from, to));
    await new Promise(setImmediate);
  }
}

async function scrubPages(tx: Transaction<Tables>, from: number, to: number): Promise<void> {
  const { rows } = await sql<{ number: number; data: ArrayBuffer }>`
    select pages.value as number, page.data as data
    from generate_series(${from}, ${to}) as pages
    join sqlite_dbpage as page on page.pgno = pages.value`.execute(tx);
  for (const { number, data } of rows) {
    const page = Buffer.from(data);
    const gap = unallocated(page, number);
    if (gap === null || gap.equals(zeros.subarray(0, gap.length))) continue;
    gap.fill(0);
    await sql`update sqlite_dbpage set data = ${page} where pgno = ${number}`.execute(tx);
  }
}

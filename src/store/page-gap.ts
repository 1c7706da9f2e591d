/** The first byte of a B-tree page; every other page begins with the high byte of a page number. */
const pointerArrayAt: ReadonlyMap<number, number> = new Map([
  [0x02, 12],
  [0x05, 12],
  [0x0a, 8],
  [0x0d, 8],
]);

/** From this many pages on that high byte could be taken for a B-tree page's. */
export const mostPages = 0x0200_0000;

const fileHeaderBytes = 100;

/**
 * The unallocated space of a page of SQLite's file format, between the pointers to its cells and
 * the cells. Balancing rewrites the cells of a page and leaves there what has gone to another.
 * Null for pages that have none. Throws when the page is not as the format says.
 */
export function unallocated(page: Buffer, number: number): Buffer | null {
  const header = number === 1 ? fileHeaderBytes : 0;
  const pointers = pointerArrayAt.get(page.readUInt8(header));
  if (pointers === undefined) return null;
  const from = header + pointers + 2 * page.readUInt16BE(header + 3);
  // 0 stands for 65536, the one offset that two bytes cannot say.
  const to = page.readUInt16BE(header + 5) || 65_536;
  if (from > to || to > page.length) throw new Error(`page ${number} of the store is damaged`);
  return page.subarray(from, to);
}

import { describe, expect, it } from 'vitest';
import { pageBy } from '../../src/control/server/page.ts';
import { searchPage } from '../../src/gateway/search-page.ts';

const names = ['a1', 'b1', 'c2', 'd1', 'e2', 'f1'];
const keyOf = (name: string) => name;

/** Looks through all pages; each item takes so many milliseconds. */
async function searchAll(itemMs: number) {
  let now = 0;
  let calls = 0;
  const found: string[] = [];
  const seen: string[] = [];
  for (let cursor: string | undefined, more = true; more; calls += 1) {
    const page = pageBy(names, keyOf, { limit: 4, cursor });
    const { items, nextCursor } = await searchPage(page, {
      keyOf,
      clock: () => now,
      async says(name) {
        now += itemMs;
        seen.push(name);
        return name.endsWith('1');
      },
    });
    found.push(...items);
    more = nextCursor !== null;
    cursor = nextCursor ?? undefined;
  }
  return { found, seen, calls };
}

describe('looking for a text, page by page', () => {
  it.each([0, 900, 1_999, 60_000])('loses and repeats nothing at %i ms an item', async (itemMs) => {
    const { found, seen } = await searchAll(itemMs);
    expect(seen).toEqual(names);
    expect(found).toEqual(['a1', 'b1', 'd1', 'f1']);
  });

  it('ends a page early when that takes long', async () => {
    expect((await searchAll(0)).calls).toBe(2);
    expect((await searchAll(60_000)).calls).toBe(names.length);
  });
});

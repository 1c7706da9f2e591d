import type { Page } from '../control/contract.ts';
import { cursorOf } from '../control/server/page.ts';
import type { Clock } from '../core/clock.ts';

export interface PageSearch<Item> {
  readonly keyOf: (item: Item) => string;
  /** Whether it is wanted; once `signal` is aborted, as far as could be seen. */
  readonly says: (item: Item, signal: AbortSignal) => Promise<boolean>;
  readonly clock: Clock;
}

/** How long one call looks; what it has not come to is on the next page. */
const searchMs = 2_000;
/** How long it looks into one item. One that takes longer is shown, as it may be wanted. */
const oneItemMs = 30_000;

/** Those of a page that are wanted. Ends before the page does when that takes long; loses none. */
export async function searchPage<Item>(
  { items, nextCursor }: Page<Item>,
  { keyOf, says, clock }: PageSearch<Item>,
): Promise<Page<Item>> {
  const until = clock() + searchMs;
  const found: Item[] = [];
  let last: Item | null = null;
  for (const item of items) {
    if (last !== null && clock() >= until) {
      return { items: found, nextCursor: cursorOf(keyOf(last)) };
    }
    const signal = AbortSignal.timeout(oneItemMs);
    if ((await says(item, signal)) || signal.aborted) found.push(item);
    last = item;
  }
  return { items: found, nextCursor };
}

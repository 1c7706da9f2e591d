import type { Page } from '../contract.ts';
import { badRequest } from './problem.ts';

/** One page of a list that is held in memory, ordered by a key that does not change. */
export function pageBy<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  query: { readonly limit: number; readonly cursor?: string | undefined },
  order: 'ascending' | 'descending' = 'ascending',
): Page<Item> {
  const after = query.cursor === undefined ? null : keyOfCursor(query.cursor);
  const sign = order === 'ascending' ? 1 : -1;
  const ordered = items.toSorted((a, b) => sign * compare(keyOf(a), keyOf(b)));
  const rest =
    after === null ? ordered : ordered.filter((item) => sign * compare(keyOf(item), after) > 0);
  const page = rest.slice(0, query.limit);
  const last = page.at(-1);
  const more = last !== undefined && rest.length > page.length;
  return { items: page, nextCursor: more ? cursorOf(keyOf(last)) : null };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Of the page that begins behind the item of that key. */
export function cursorOf(key: string): string {
  return Buffer.from(key, 'utf8').toString('base64url');
}

function keyOfCursor(cursor: string): string {
  const key = Buffer.from(cursor, 'base64url').toString('utf8');
  if (cursorOf(key) !== cursor) throw badRequest('cursor: not one that was given');
  return key;
}

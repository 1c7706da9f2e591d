import { type Principal, personKey, principalKey } from '../core/principal.ts';
import type { HeldRequest, RequestState } from '../core/request.ts';
import { cursorOf, positionOf } from './cursor.ts';
import type { RequestPosition, RequestQuery, RequestStore } from './request-store.ts';
import { mayReview } from './reviewers.ts';

export interface RequestFilter {
  readonly states?: readonly RequestState[];
  readonly connection?: string;
  /** Only this principal's own. */
  readonly requester?: Principal;
  /** Only what this principal may see: see `maySee`. */
  readonly visibleTo?: Principal;
}

export interface RequestPage {
  readonly items: readonly HeldRequest[];
  readonly nextCursor: string | null;
}

const maxPage = 200;
/** A page looks at so many requests at most, and may then be short, with a cursor to go on. */
const maxScan = 2_000;
/** Requests read at once, and characters after which a page ends: both are held in memory. */
const batchSize = 20;
const maxCharacters = 4 * 1024 * 1024;

/** Newest first. A page may hold fewer than `limit` and still have a next one. */
export async function listRequests(
  store: RequestStore,
  filter: RequestFilter,
  cursor: string | null,
  limit: number,
): Promise<RequestPage> {
  const size = Math.min(Math.max(1, Math.trunc(limit)), maxPage);
  const { visibleTo } = filter;
  const items: HeldRequest[] = [];
  let after = cursor === null ? undefined : positionOf(cursor);
  let characters = 0;
  for (let scanned = 0; scanned < maxScan; scanned += batchSize) {
    const query = { ...queryOf(filter), ...(after && { after }), limit: batchSize };
    const batch = await store.list(query);
    for (const request of batch) {
      if (items.length === size || characters > maxCharacters) return page(items, after);
      after = request;
      if (visibleTo !== undefined && !maySee(request, visibleTo)) continue;
      items.push(request);
      characters += charactersOf(request);
    }
    if (batch.length < batchSize) return page(items, undefined);
  }
  return page(items, after);
}

/** Its requester, that requester's person, and everyone whom one of its chains names. */
export function maySee(request: HeldRequest, viewer: Principal): boolean {
  return isRequester(request, viewer) || mayReview(request, viewer);
}

/** The very principal that asked, or the person to whom that agent or CI job belongs. */
export function isRequester(request: HeldRequest, principal: Principal): boolean {
  if (principalKey(principal) === principalKey(request.principal)) return true;
  return principal.kind === 'human' && personKey(principal) === personKey(request.principal);
}

function charactersOf({ presentation }: HeldRequest): number {
  const { statement, parameters, notes } = presentation;
  const values = parameters.map(({ value }) => value?.length ?? 0);
  return [statement.length, ...values, ...notes.map(({ length }) => length)].reduce(
    (sum, length) => sum + length,
    0,
  );
}

function queryOf({ states, connection, requester }: RequestFilter): Omit<RequestQuery, 'limit'> {
  return {
    ...(states && { states }),
    ...(connection !== undefined && { connection }),
    ...(requester && { requester: principalKey(requester) }),
  };
}

function page(items: readonly HeldRequest[], last: RequestPosition | undefined): RequestPage {
  return { items, nextCursor: last === undefined ? null : cursorOf(last) };
}

import type { RequestStore } from '../approvals/request-store.ts';
import type { Clock } from '../core/clock.ts';
import type { HeldRequest, RequestState } from '../core/request.ts';

/** What became of held operations, in numbers. */
export interface RequestTally {
  changed(request: HeldRequest): void;
  /** By state, of those that have not ended. */
  open(): ReadonlyMap<RequestState, number>;
  /** By state, each time one came into it. */
  readonly entered: ReadonlyMap<RequestState, number>;
}

type Waited = (state: RequestState, seconds: number) => void;

const unended = ['pending', 'approved', 'fallback_approved', 'running'] as const;
const pageSize = 500;

/** Begins with what an earlier gateway has left open. Throws when the store is lost. */
export async function createRequestTally(
  store: Pick<RequestStore, 'list'>,
  clock: Clock,
  waited: Waited,
): Promise<RequestTally> {
  const states = new Map<string, RequestState>();
  const entered = new Map<RequestState, number>();
  for await (const { id, state } of leftOpen(store)) states.set(id, state);
  return {
    entered,
    changed({ id, state, endedAt, createdAt }) {
      const before = states.get(id);
      if (endedAt === null) states.set(id, state);
      else states.delete(id);
      // A decision that is not the last one changes no state.
      if (before === state) return;
      entered.set(state, (entered.get(state) ?? 0) + 1);
      if (before === 'pending') waited(state, (clock() - createdAt) / 1_000);
    },
    open() {
      const counts = new Map<RequestState, number>(unended.map((state) => [state, 0]));
      for (const state of states.values()) counts.set(state, (counts.get(state) ?? 0) + 1);
      return counts;
    },
  };
}

async function* leftOpen(store: Pick<RequestStore, 'list'>): AsyncGenerator<HeldRequest> {
  let last: HeldRequest | undefined;
  do {
    const after = last === undefined ? {} : { after: last };
    const page = await store.list({ states: unended, limit: pageSize, ...after });
    yield* page;
    last = page.length < pageSize ? undefined : page.at(-1);
  } while (last !== undefined);
}

import type { Clock } from '../core/clock.ts';
import { isApproved } from '../core/open-request.ts';
import type { HeldRequest } from '../core/request.ts';
import type { Changes } from './changes.ts';
import type { AskFallback, Fallbacks } from './fallbacks.ts';
import { type LifecycleEvent, type Transition, transition } from './lifecycle.ts';
import type { Inserted, RequestStore } from './request-store.ts';

/** The one way in which requests come to be and change: stored first, told of afterwards. */
export interface Ledger {
  insert(request: HeldRequest, openLimit: number, fallback: AskFallback): Promise<Inserted>;
  /** Null when there is no such request. */
  apply(id: string, event: LifecycleEvent): Promise<Transition | null>;
  /** Ends what is past its time, with the chains' fallback; what stands afterwards. */
  expire(request: HeldRequest): Promise<HeldRequest>;
}

export function createLedger(
  store: RequestStore,
  clock: Clock,
  changes: Changes,
  fallbacks: Fallbacks,
): Ledger {
  async function apply(id: string, event: LifecycleEvent): Promise<Transition | null> {
    const result = await store.update(id, (current) => transition(current, event, clock()));
    if (result?.kind === 'moved') changes.publish(result.request);
    return result;
  }

  return {
    apply,
    async insert(request, openLimit, fallback) {
      const inserted = await store.insert(request, openLimit);
      if (inserted === 'inserted') {
        fallbacks.remember(request, fallback);
        changes.publish(request);
      }
      return inserted;
    },
    async expire(request) {
      const fallback = isApproved(request) ? 'none' : fallbacks.answer(request);
      const result = await apply(request.id, { kind: 'expire', fallback });
      return result?.request ?? request;
    },
  };
}

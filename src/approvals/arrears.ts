import type { ApprovalLog } from './approval-log.ts';
import type { Ledger } from './ledger.ts';
import type { LifecycleEvent } from './lifecycle.ts';

/** What the store could not be told when it happened: tried again until it can. */
export interface Arrears {
  /** Stores the event; when that fails, keeps it for later and throws all the same. */
  applyOrOwe(id: string, event: LifecycleEvent): ReturnType<Ledger['apply']>;
  settle(): Promise<void>;
}

/** More than this are left to the next restart, which ends them as well. */
const most = 10_000;

/**
 * Ends and outcomes must not be forgotten with the store's bad minute: a request whose client
 * left would look pending, and one that ran would look running, until the next restart.
 */
export function createArrears(ledger: Ledger, log: ApprovalLog): Arrears {
  const owed = new Map<string, LifecycleEvent>();
  return {
    async applyOrOwe(id, event) {
      try {
        return await ledger.apply(id, event);
      } catch (error) {
        if (owed.size < most) owed.set(id, event);
        log.warn({ err: error, request: id, event: event.kind }, 'not stored yet, tried again');
        throw error;
      }
    },
    async settle() {
      for (const [id, event] of [...owed]) {
        await ledger.apply(id, event);
        if (owed.get(id) === event) owed.delete(id);
      }
    },
  };
}

import type { Clock } from '../core/clock.ts';
import { openStates } from '../core/open-request.ts';
import type { HeldRequest } from '../core/request.ts';
import type { ApprovalLog } from './approval-log.ts';
import type { Arrears } from './arrears.ts';
import type { Ledger } from './ledger.ts';
import type { RequestStore } from './request-store.ts';

export interface Upkeep {
  /** Ends what the last gateway left behind; to be called before the first session. */
  recover(): Promise<void>;
  /** Ends what is past its time. */
  sweep(): Promise<void>;
  /** Sweeps by itself from now on. */
  start(): void;
  stop(): Promise<void>;
}

/** Read at once, each with all that its reviewers were shown. */
const batch = 20;

export function createUpkeep(
  dependencies: {
    readonly store: RequestStore;
    readonly ledger: Ledger;
    readonly arrears: Arrears;
    readonly clock: Clock;
    readonly log: ApprovalLog;
  },
  sweepEveryMs: number,
): Upkeep {
  const { store, ledger, arrears, clock, log } = dependencies;
  let timer: NodeJS.Timeout | null = null;
  let sweeping: Promise<void> = Promise.resolve();

  async function sweep(): Promise<void> {
    await arrears.settle();
    for (;;) {
      const due = await store.due(clock(), batch);
      for (const request of due) await ledger.expire(request);
      if (due.length < batch) return;
    }
  }

  async function recover(): Promise<void> {
    let after: HeldRequest | undefined;
    for (;;) {
      const states = [...openStates, 'running'] as const;
      const found = await store.list({ states, ...(after && { after }), limit: batch });
      for (const { id } of found) await ledger.apply(id, { kind: 'restart' });
      after = found.at(-1);
      if (found.length < batch) return sweep();
    }
  }

  function tick(): void {
    sweeping = sweeping
      .then(sweep)
      .catch((error) => log.warn({ err: error }, 'expiry waits for the store'))
      .finally(() => {
        if (timer !== null) timer = setTimeout(tick, sweepEveryMs);
      });
  }

  return {
    recover,
    sweep,
    start() {
      timer ??= setTimeout(tick, sweepEveryMs);
    },
    async stop() {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      await sweeping;
    },
  };
}

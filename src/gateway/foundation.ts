import { type ApprovalService, createApprovals } from '../approvals/service.ts';
import type { AuditLog } from '../audit/log.ts';
import type { GatewayConfig } from '../config/gateway-config.ts';
import type { Clock } from '../core/clock.ts';
import type { Recordings } from '../recording/recordings.ts';
import { openStore, type Store } from '../store/store.ts';
import { openAudit } from './audit.ts';
import { mintRequestId } from './ids.ts';
import type { GatewayLog } from './log.ts';
import { openShelf } from './shelf.ts';
import { createStanding, type Standing } from './standing.ts';

export interface FoundationDeps {
  readonly clock: Clock;
  readonly log: GatewayLog;
  /** The gateway's own for SSH clients. */
  readonly hostKey: string;
}

/** What keeps state: everything else stands on it. */
export interface Foundation {
  readonly standing: Standing;
  readonly store: Store;
  readonly recordings: Recordings;
  readonly audit: AuditLog;
  readonly approvals: ApprovalService;
}

/** Opens all of it or none. @throws UserError for what whoever runs it can mend */
export async function layFoundation(
  config: GatewayConfig,
  deps: FoundationDeps,
): Promise<Foundation> {
  const { clock, log, hostKey } = deps;
  const store = await openStore(config.store, clock);
  try {
    const { maskingKey } = store;
    const standing = createStanding(config, { hostKey, maskingKey });
    const recordings = await openShelf(config.recording, standing, deps);
    const audit = await openAudit(config, store, deps);
    const approvals = createApprovals({
      ...{ clock, log, mintId: mintRequestId },
      store: store.requests,
      keys: store.reviewerKeys,
    });
    return { standing, store, recordings, audit, approvals };
  } catch (error) {
    await store.close();
    throw error;
  }
}

export async function releaseFoundation(foundation: Foundation): Promise<void> {
  const { approvals, recordings, audit, store } = foundation;
  await approvals.stop();
  await recordings.settled();
  await recordings.close();
  await audit.close();
  await store.close();
}

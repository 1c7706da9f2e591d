import { type ApprovalService, createApprovals } from '../approvals/service.ts';
import type { AuditLog } from '../audit/log.ts';
import type { GatewayConfig } from '../config/gateway-config.ts';
import type { Clock } from '../core/clock.ts';
import type { Recordings } from '../recording/recordings.ts';
import type { Sinks } from '../sinks/sinks.ts';
import { openStore, type Store } from '../store/store.ts';
import type { Tracing } from '../tracing/tracing.ts';
import { openAudit, openAuditSinks } from './audit.ts';
import { mintRequestId } from './ids.ts';
import type { GatewayLog } from './log.ts';
import { recordingRecords } from './recording-records.ts';
import { openShelf } from './shelf.ts';
import { createStanding, type Standing } from './standing.ts';
import { timedStore } from './timed-store.ts';
import { openTracing } from './tracing.ts';

export interface FoundationDeps {
  readonly clock: Clock;
  readonly log: GatewayLog;
  /** The gateway's own for SSH clients. */
  readonly hostKey: string;
  readonly version: string;
  /** Null: nobody asks how long the store takes. */
  readonly onStoreWrite: ((seconds: number) => void) | null;
}

/** What keeps state: everything else stands on it. */
export interface Foundation {
  readonly standing: Standing;
  readonly store: Store;
  readonly recordings: Recordings;
  readonly audit: AuditLog;
  readonly sinks: Sinks;
  readonly approvals: ApprovalService;
  /** Null: there are no traces. */
  readonly tracing: Tracing | null;
}

/** Opens all of it or none. @throws UserError for what whoever runs it can mend */
export async function layFoundation(
  config: GatewayConfig,
  deps: FoundationDeps,
): Promise<Foundation> {
  const { clock, log, hostKey, onStoreWrite } = deps;
  const opened = await openStore(config.store, clock);
  const store = onStoreWrite === null ? opened : timedStore(opened, onStoreWrite);
  try {
    const { maskingKey } = store;
    const standing = createStanding(config, { hostKey, maskingKey });
    const unclosed = await store.audit.unclosedRecordings();
    const audit = await openAudit(config, store, deps);
    const closing = async (error: unknown) => {
      await audit.close();
      throw error;
    };
    const recordings = await openShelf(config.recording, standing, {
      ...{ ...deps, ...recordingRecords(audit), unclosed },
      onRemoved: (session) => store.erasure.forgetSession(session),
    }).catch(closing);
    const sinks = await openAuditSinks(config, store, deps).catch(closing);
    const approvals = createApprovals({
      ...{ clock, log, mintId: mintRequestId },
      store: store.requests,
      keys: store.reviewerKeys,
    });
    const tracing = await openTracing(config, deps);
    if (tracing !== null) approvals.subscribe(tracing.requestChanged);
    return { standing, store, recordings, audit, sinks, approvals, tracing };
  } catch (error) {
    await store.close();
    throw error;
  }
}

export async function releaseFoundation(foundation: Foundation): Promise<void> {
  const { approvals, recordings, audit, sinks, store, tracing } = foundation;
  const traced = tracing?.close();
  await approvals.stop();
  await recordings.settled();
  await recordings.close();
  await audit.close();
  await sinks.close();
  await store.close();
  await traced;
}

import { setTimeout as delay } from 'node:timers/promises';
import type { AuditLogger } from '../audit/logger.ts';
import type { AuditLedger, SealedRecord } from '../core/audit-record.ts';
import type { Cursor } from './cursor.ts';

/** One sink's state, for those who watch it. */
export interface FeedState {
  readonly name: string;
  /** The last record that the sink took; 0 for none. */
  readonly taken: number;
  /** When it took it in this run, milliseconds since the epoch. */
  readonly takenAt: number | null;
  /** Deliveries that failed since the gateway started. */
  readonly failures: number;
  readonly failing: boolean;
}

/** Follows the log for one sink. */
export interface Feed {
  state(): FeedState;
  /** Delivers what there is, for as long as the limit says and nothing fails, and ends. */
  close(): Promise<void>;
}

/** Resolves once the other side has all of them, in order; throws otherwise. */
export type Deliver = (records: readonly SealedRecord[], signal: AbortSignal) => Promise<void>;

export interface FeedOptions {
  readonly name: string;
  readonly ledger: Pick<AuditLedger, 'after' | 'head'>;
  readonly cursor: Cursor;
  readonly deliver: Deliver;
  /** Of one delivery; a single record may be larger. */
  readonly most: { readonly records: number; readonly bytes: number };
  readonly log: AuditLogger;
  readonly lookEveryMs?: number;
  readonly retryAfterMs?: number;
  readonly closeWithinMs?: number;
}

const longestRetryMs = 60_000;
const remindEveryMs = 600_000;

export function startFeed(options: FeedOptions): Feed {
  const { name, ledger, cursor, deliver, log, most } = options;
  const { lookEveryMs = 500, retryAfterMs = 1_000, closeWithinMs = 5_000 } = options;
  const stopped = new AbortController();
  const closing = new AbortController();
  let owed: readonly SealedRecord[] = [];
  let takenAt: number | null = null;
  let failures = 0;
  /** Without a success between them. */
  let inARow = 0;
  let toldAt = Number.NEGATIVE_INFINITY;

  /** The same records again after a failure, so that a repeat can be told as one. */
  async function step(): Promise<void> {
    if (owed.length === 0) {
      const seq = cursor.position()?.seq ?? 0;
      owed = withinBytes(await ledger.after(seq, most.records), most.bytes);
      tellGap(seq, owed[0]);
    }
    const last = owed.at(-1);
    if (last === undefined) return;
    await deliver(owed, stopped.signal);
    owed = [];
    await cursor.move(last);
    takenAt = Date.now();
    if (inARow > 0) log.info({ sink: name }, 'an audit sink takes records again');
    inARow = 0;
    toldAt = Number.NEGATIVE_INFINITY;
  }

  /** The log has no holes: one here means that the store was tampered with. */
  function tellGap(seq: number, next: SealedRecord | undefined): void {
    if (next === undefined || next.seq === seq + 1) return;
    log.error({ sink: name, after: seq, next: next.seq }, 'records are missing from the audit log');
  }

  async function failed(error: unknown): Promise<void> {
    failures += 1;
    inARow += 1;
    if (performance.now() - toldAt < remindEveryMs) return;
    toldAt = performance.now();
    const head = await ledger.head().catch(() => null);
    const taken = cursor.position()?.seq ?? 0;
    const behind = head === null ? null : head.seq - taken;
    log.warn({ err: error, sink: name, taken, behind }, 'an audit sink takes no records');
  }

  async function follow(): Promise<void> {
    while (!stopped.signal.aborted) {
      let wait = 0;
      try {
        const before = cursor.position()?.seq;
        await step();
        if (cursor.position()?.seq === before) wait = lookEveryMs;
      } catch (error) {
        await failed(error);
        wait = Math.min(longestRetryMs, retryAfterMs * 2 ** (inARow - 1));
      }
      // Nothing is left, or it failed.
      if (closing.signal.aborted && wait > 0) return;
      if (wait > 0) await delay(wait, undefined, { signal: closing.signal }).catch(() => {});
    }
  }

  const following = follow();
  return {
    state: () => ({
      ...{ name, taken: cursor.position()?.seq ?? 0, takenAt, failures, failing: inARow > 0 },
    }),
    async close() {
      closing.abort();
      const limit = setTimeout(() => stopped.abort(), closeWithinMs);
      await following;
      clearTimeout(limit);
    },
  };
}

function withinBytes(records: readonly SealedRecord[], most: number): readonly SealedRecord[] {
  let bytes = 0;
  const cut = records.findIndex(({ line }, index) => {
    bytes += Buffer.byteLength(line);
    return index > 0 && bytes > most;
  });
  return cut === -1 ? records : records.slice(0, cut);
}

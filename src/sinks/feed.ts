import { setTimeout as delay } from 'node:timers/promises';
import type { AuditLogger } from '../audit/logger.ts';
import { readRecord } from '../audit/read-records.ts';
import type { AuditLedger, SealedRecord } from '../core/audit-record.ts';
import type { Cursor } from './cursor.ts';
import { RefusedDelivery } from './refused-delivery.ts';

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
  /** The record that it refuses for good, alone; null where there is none. */
  readonly refused: number | null;
}

/** Follows the log for one sink. */
export interface Feed {
  state(): FeedState;
  /** Delivers what there is, for as long as the limit says and nothing fails, and ends. */
  close(): Promise<void>;
}

/**
 * Resolves once the other side has all of them, in order; throws otherwise, a `RefusedDelivery` where
 * it would be refused again.
 */
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
  /** Of a delivery: fewer while the other side refuses more, or one among them. */
  let atOnce = most.records;
  let refused: number | null = null;
  let takenAt: number | null = null;
  let failures = 0;
  /** Without a success between them. */
  let inARow = 0;
  let toldAt = Number.NEGATIVE_INFINITY;

  /** The same records again after a failure, so that a repeat can be told as one. */
  async function step(): Promise<void> {
    if (owed.length === 0) {
      const seq = cursor.position()?.seq ?? 0;
      owed = withinBytes(await ledger.after(seq, atOnce), most.bytes);
      tellGap(seq, owed[0]);
    }
    const last = owed.at(-1);
    if (last === undefined) return;
    await deliver(owed, stopped.signal);
    owed = [];
    atOnce = Math.min(most.records, atOnce * 2);
    refused = null;
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

  /** Half of what is refused for good, until it is one record. Returns whether there is less to try. */
  function halved(error: unknown): boolean {
    if (!(error instanceof RefusedDelivery) || owed.length < 2) return false;
    failures += 1;
    atOnce = Math.ceil(owed.length / 2);
    owed = owed.slice(0, atOnce);
    return true;
  }

  async function failed(error: unknown): Promise<void> {
    failures += 1;
    inARow += 1;
    const fault = faultOf(error, owed[0]);
    const known = fault === null || fault.record === refused;
    refused = fault?.record ?? refused;
    if (known && performance.now() - toldAt < remindEveryMs) return;
    toldAt = performance.now();
    const head = await ledger.head().catch(() => null);
    const taken = cursor.position()?.seq ?? 0;
    const behind = head === null ? null : head.seq - taken;
    if (fault === null) {
      log.warn({ err: error, sink: name, taken, behind }, 'an audit sink takes no records');
    } else {
      log.error({ sink: name, ...fault, behind }, 'an audit sink refuses a record for good');
    }
  }

  async function follow(): Promise<void> {
    while (!stopped.signal.aborted) {
      let wait = 0;
      try {
        const before = cursor.position()?.seq;
        await step();
        if (cursor.position()?.seq === before) wait = lookEveryMs;
      } catch (error) {
        if (halved(error)) continue;
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
      ...{ name, taken: cursor.position()?.seq ?? 0, takenAt, failures, refused },
      failing: inARow > 0,
    }),
    async close() {
      closing.abort();
      const limit = setTimeout(() => stopped.abort(), closeWithinMs);
      await following;
      clearTimeout(limit);
    },
  };
}

/** The one record that the other side will not take, and what it said; null for other failures. */
function faultOf(error: unknown, record: SealedRecord | undefined) {
  if (!(error instanceof RefusedDelivery) || record === undefined) return null;
  const type = readRecord(record.line).record?.type ?? null;
  return { record: record.seq, type, status: error.status };
}

function withinBytes(records: readonly SealedRecord[], most: number): readonly SealedRecord[] {
  let bytes = 0;
  const cut = records.findIndex(({ line }, index) => {
    bytes += Buffer.byteLength(line);
    return index > 0 && bytes > most;
  });
  return cut === -1 ? records : records.slice(0, cut);
}

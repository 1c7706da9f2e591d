import type { OutcomeSink } from '../../core/gate.ts';
import type { Outcome } from '../../core/request.ts';
import { rowCountOfTag } from './wire/backend/command-complete.ts';
import type { TransactionStatus } from './wire/backend/ready-for-query.ts';

export interface TargetError {
  readonly code: string;
  readonly message: string;
}

/** One permitted operation from the moment its bytes left until the server's word on it. */
export interface Run {
  readonly sink: OutcomeSink;
  readonly summary: string;
  state: 'sent' | 'executed' | 'kept';
  rowCount: number | null;
  error: TargetError | null;
}

export function createRun(sink: OutcomeSink, summary: string): Run {
  return { sink, summary, state: 'sent', rowCount: null, error: null };
}

/** Adds a CommandComplete tag's row count: `UPDATE 3`, `INSERT 0 1`, `COPY 7`. */
export function noteTag(run: Run, tag: string): void {
  const count = rowCountOfTag(tag);
  if (count !== null) run.rowCount = (run.rowCount ?? 0) + count;
}

export interface GroupEnd {
  /** Status in ReadyForQuery after it. */
  readonly transaction: TransactionStatus;
  /** An ErrorResponse came since the last ReadyForQuery. */
  readonly failed: boolean;
}

/**
 * Settles the runs of one group (what lies between two ReadyForQuery) and returns those whose
 * outcome is still open: portals that are bound or suspended inside an open transaction.
 * A group that failed outside a transaction block was one implicit transaction, so what it had
 * executed is undone, except what a COMMIT inside it had kept.
 */
export async function settleGroup(runs: readonly Run[], end: GroupEnd): Promise<Run[]> {
  const open: Run[] = [];
  for (const run of runs) {
    const settlement = settlementOf(run, end);
    if (settlement === null) open.push(run);
    else await settlement;
  }
  return open;
}

function settlementOf(run: Run, end: GroupEnd): Promise<void> | null {
  if (run.error !== null) {
    return run.sink.failed(outcome(run, run.error.message, run.error.code));
  }
  if (run.state === 'kept') return run.sink.succeeded(outcome(run, null));
  if (end.failed && end.transaction === 'idle') {
    return run.sink.failed(outcome(run, 'undone: a later statement of its pipeline failed'));
  }
  if (run.state === 'executed') return run.sink.succeeded(outcome(run, null));
  if (end.failed) {
    return run.sink.failed(outcome(run, 'not executed: an earlier statement failed'));
  }
  if (end.transaction === 'idle') {
    return run.sink.failed(outcome(run, 'bound, and never executed'));
  }
  return null;
}

/** The connection ended before the server said how these went. */
export async function settleLost(runs: readonly Run[], why: string): Promise<void> {
  for (const run of runs) {
    if (run.error !== null) {
      await run.sink.failed(outcome(run, run.error.message, run.error.code));
    } else {
      await run.sink.unknown(outcome(run, why));
    }
  }
}

function outcome(run: Run, message: string | null, targetCode: string | null = null): Outcome {
  return { message, targetCode, rowCount: run.rowCount };
}

import type { Eventual } from '../../core/eventual.ts';
import type { OutcomeSink } from '../../core/gate.ts';
import type { SqlDecidable } from '../../core/operation.ts';
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
  /** It can commit by itself, so that a failure behind it may leave it standing. */
  readonly mayCommit: boolean;
  state: 'sent' | 'executed' | 'kept';
  /** A COMMIT among its own statements has kept what ran before. */
  partKept: boolean;
  rowCount: number | null;
  error: TargetError | null;
}

/** Where an operation's run is found once it has left; none where its outcome is recorded nowhere. */
export interface RunSlot {
  /** Of the operation in its session; 0 of none. */
  readonly number: number;
  /** The prepared statement that it was bound from, by identity; null for what was not bound. */
  readonly statement: object | null;
  run: Run | null;
}

export function createRun(sink: OutcomeSink, decidable: SqlDecidable): Run {
  const mayCommit = canCommit(decidable);
  return { sink, mayCommit, state: 'sent', partKept: false, rowCount: null, error: null };
}

/** Commands that run in transactions of their own, and code that may say COMMIT. */
const committing: ReadonlySet<string> = new Set([
  'call',
  'do',
  'vacuum',
  'cluster',
  'reindex',
  'create_database',
  'alter_database',
  'drop_database',
  'create_tablespace',
  'drop_tablespace',
  'create_index',
  'drop_index',
  'alter_table',
  'alter_system',
  'commit_prepared',
  'rollback_prepared',
]);

function canCommit({ facts }: SqlDecidable): boolean {
  const { classes, statements } = facts;
  if (classes.includes('opaque') || classes.includes('unknown')) return true;
  return statements.some((tag) => committing.has(tag));
}

/** Adds a CommandComplete tag's row count: `UPDATE 3`, `INSERT 0 1`, `COPY 7`. */
export function noteTag(run: Run, tag: string): void {
  const count = rowCountOfTag(tag);
  if (count !== null) run.rowCount = (run.rowCount ?? 0) + count;
}

export interface GroupEnd {
  /** Status in ReadyForQuery after it. */
  readonly transaction: TransactionStatus;
  /** The ErrorResponse that came since the last ReadyForQuery. */
  readonly failure: TargetError | null;
}

/**
 * Settles the runs of one group (what lies between two ReadyForQuery) and returns those whose
 * outcome is still open: portals that are bound inside an open transaction. A group that failed
 * outside a transaction block was one implicit transaction, so what it had executed is undone,
 * except what a COMMIT inside it had kept. One after the other; a promise only where a store is
 * told.
 */
export function settleGroup(runs: readonly Run[], end: GroupEnd): Eventual<Run[]> {
  const open: Run[] = [];
  for (const [index, run] of runs.entries()) {
    const settlement = settlementOf(run, end);
    if (settlement === 'open') open.push(run);
    else if (settlement !== null) {
      const rest = runs.slice(index + 1);
      return settlement.then(async () => [...open, ...(await settleGroup(rest, end))]);
    }
  }
  return open;
}

type Settlement = Promise<void> | null;

function settlementOf(run: Run, { transaction, failure }: GroupEnd): Settlement | 'open' {
  if (run.error !== null) return failedItself(run, run.error);
  switch (run.state) {
    case 'kept':
      return run.sink.succeeded(outcome(run, null));
    case 'executed':
      if (failure === null || transaction !== 'idle') return run.sink.succeeded(outcome(run, null));
      return undone(run, failure);
    case 'sent':
      if (failure !== null)
        return run.sink.failed(outcome(run, 'not executed: what came before failed'));
      return transaction === 'idle' ? run.sink.failed(outcome(run, neverExecuted)) : 'open';
    default:
      return run.state satisfies never;
  }
}

const neverExecuted = 'bound, and never executed';

function failedItself(run: Run, { message, code }: TargetError): Settlement {
  const kept = run.partKept ? ' (what ran before its COMMIT stays)' : '';
  return run.sink.failed(outcome(run, `${message}${kept}`, code));
}

function undone(run: Run, { message, code }: TargetError): Settlement {
  if (run.mayCommit) {
    const doubt = 'it ran, and whether the failure behind it undid it cannot be seen';
    return run.sink.unknown(outcome(run, `${doubt}: ${message}`, code));
  }
  return run.sink.failed(outcome(run, `undone with its pipeline: ${message}`, code));
}

export interface Loss {
  readonly why: string;
  /** The server had answered all that it was sent. */
  readonly answered: boolean;
  /** The run whose COPY data was never ended, which no server can have taken. */
  readonly copying: Run | null;
}

/** The connection ended before the server said how these went. */
export async function settleLost(runs: readonly Run[], loss: Loss): Promise<void> {
  for (const run of runs) {
    if (run.error !== null) await failedItself(run, run.error);
    else if (run === loss.copying && !run.partKept) {
      await run.sink.failed(outcome(run, 'its COPY data was never ended'));
    } else if (run.state === 'sent' && loss.answered) {
      await run.sink.failed(outcome(run, neverExecuted));
    } else await run.sink.unknown(outcome(run, loss.why));
  }
}

function outcome(run: Run, message: string | null, targetCode: string | null = null): Outcome {
  return { message, targetCode, rowCount: run.rowCount };
}

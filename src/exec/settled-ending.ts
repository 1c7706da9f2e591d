import type { OperationView, RequestView } from '../control/contract.ts';
import { exitCodes } from '../core/exit-codes.ts';
import type { RequestState } from '../core/request.ts';
import type { Ending } from './ending.ts';
import type { ExecReport } from './exec-report.ts';
import { type ExecResult, execResult, type Target } from './exec-result.ts';
import { exitOfStop } from './exit-code.ts';
import { exitOfSignal } from './remote-answer.ts';

interface Parts {
  readonly target: Target;
  readonly operation: OperationView | null;
  readonly ending: Ending;
}

type Extra = Partial<Pick<ExecResult, 'result' | 'child'>>;
type Settled = Exclude<RequestState, 'pending' | 'approved' | 'fallback_approved'>;

const exits: Record<Settled, number> = {
  running: exitCodes.pending,
  succeeded: exitCodes.success,
  failed: exitCodes.failure,
  unknown: exitCodes.outcomeUnknown,
  denied: exitCodes.deniedByReviewer,
  changes_requested: exitCodes.changesRequested,
  expired: exitCodes.lapsed,
  cancelled: exitCodes.lapsed,
  revoked: exitCodes.lapsed,
};

const words: Record<Settled, string> = {
  running: 'it still runs',
  succeeded: 'it ran, and succeeded',
  failed: 'it failed',
  unknown: 'it is not known whether it ran',
  denied: 'a reviewer denied it',
  changes_requested: 'a reviewer asks for changes',
  expired: 'its time was over',
  cancelled: 'it was cancelled',
  revoked: 'its approval was revoked',
};

/**
 * The result by the gateway's record alone: of a request that ran before and is asked for again,
 * or whose connection broke. The record has how it ended, and the number of rows; never the rows,
 * and never the output.
 */
export function settledEnding(parts: Parts, request: RequestView): ExecReport {
  const { state } = request;
  if (state === 'pending' || state === 'approved' || state === 'fallback_approved') {
    throw new Error(`request ${request.id} is ${state}`);
  }
  const { target, operation, ending } = parts;
  const stop = stopOf(ending, request);
  const ran = state === 'succeeded' || state === 'failed';
  const extra = extraOf(request);
  const result = execResult({
    target,
    operation,
    request,
    status: state,
    source: ran ? 'child' : 'hoopx',
    ...extra,
  });
  const because = request.outcome?.message ?? null;
  const message = because === null ? words[state] : `${words[state]}: ${because}`;
  return {
    exitCode: stop?.exitCode ?? extra.child?.exitCode ?? exits[state],
    result,
    answer: null,
    refusal: { message: `${stop?.message ?? message} (${request.id})`, hint: null },
  };
}

function stopOf(ending: Ending, request: RequestView) {
  const { state, cancelledBy, principal, outcome } = request;
  const own = state === 'cancelled' && cancelledBy === principal.name;
  if (ending.kind !== 'stopped') return own ? exitOfStop.interrupted : null;
  // A remote command that is told to end does so in its own way, if at all.
  const ended =
    request.protocol === 'postgres'
      ? state === 'failed' && outcome?.targetCode === '57014'
      : state === 'failed' || state === 'unknown';
  return own || ended ? exitOfStop[ending.why] : null;
}

function extraOf(request: RequestView): Extra {
  const { state, outcome } = request;
  switch (state) {
    case 'succeeded':
      return { result: forgotten(request), child: { exitCode: exitCodes.success } };
    case 'failed': {
      const code = outcome?.targetCode ?? null;
      const message = outcome?.message == null ? {} : { message: outcome.message };
      if (request.protocol === 'ssh') return { child: { exitCode: remoteExit(code), ...message } };
      if (request.protocol === 'http' || request.protocol === 'kubernetes') {
        return { child: { exitCode: exitCodes.failure, ...message }, result: forgotten(request) };
      }
      const sqlstate = code === null ? {} : { sqlstate: code };
      return { child: { exitCode: exitCodes.failure, ...sqlstate, ...message } };
    }
    default:
      return {};
  }
}

/** What the record does not keep is said to be missing. */
function forgotten({ protocol, outcome }: RequestView): ExecResult['result'] {
  if (protocol === 'ssh' || protocol === 'kubernetes')
    return { stdout: '', stderr: '', truncated: true };
  if (protocol === 'http') {
    const status = Number(outcome?.targetCode ?? Number.NaN);
    return Number.isInteger(status) ? { status, headers: {}, body: '', truncated: true } : null;
  }
  return { columns: [], rows: [], rowCount: outcome?.rowCount ?? null, truncated: true };
}

/** `exit 3`, or `signal TERM`. */
function remoteExit(code: string | null): number {
  const [kind, value = ''] = code?.split(' ') ?? [];
  if (kind === 'exit' && /^\d+$/.test(value)) return Number(value);
  return kind === 'signal' ? exitOfSignal(value) : exitCodes.failure;
}

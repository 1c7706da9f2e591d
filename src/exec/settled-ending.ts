import type { OperationView, RequestView } from '../control/contract.ts';
import { exitCodes } from '../core/exit-codes.ts';
import type { RequestState } from '../core/request.ts';
import type { Ending } from './ending.ts';
import type { ExecReport } from './exec-report.ts';
import { type ExecResult, execResult } from './exec-result.ts';
import { exitOfStop } from './exit-code.ts';

interface Parts {
  readonly connection: string;
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
 * or whose connection broke. The record has the outcome and the number of rows, never the rows.
 */
export function settledEnding(parts: Parts, request: RequestView): ExecReport {
  const { state } = request;
  if (state === 'pending' || state === 'approved' || state === 'fallback_approved') {
    throw new Error(`request ${request.id} is ${state}`);
  }
  const { connection, operation, ending } = parts;
  const stop = stopOf(ending, request);
  const ran = state === 'succeeded' || state === 'failed';
  const result = execResult({
    connection,
    operation,
    request,
    status: state,
    source: ran ? 'child' : 'hoopx',
    ...extraOf(request),
  });
  const because = request.outcome?.message ?? null;
  const message = because === null ? words[state] : `${words[state]}: ${because}`;
  return {
    exitCode: stop?.exitCode ?? exits[state],
    result,
    answer: null,
    refusal: { message: `${stop?.message ?? message} (${request.id})`, hint: null },
  };
}

function stopOf(ending: Ending, { state, cancelledBy, principal, outcome }: RequestView) {
  const own = state === 'cancelled' && cancelledBy === principal.name;
  const stopped = own || (state === 'failed' && outcome?.targetCode === '57014');
  if (ending.kind === 'stopped') return stopped ? exitOfStop[ending.why] : null;
  return own ? exitOfStop.interrupted : null;
}

function extraOf({ state, outcome }: RequestView): Extra {
  switch (state) {
    case 'succeeded':
      return {
        result: { columns: [], rows: [], rowCount: outcome?.rowCount ?? null, truncated: true },
        child: { exitCode: exitCodes.success },
      };
    case 'failed':
      return {
        child: {
          exitCode: exitCodes.failure,
          ...(outcome?.targetCode == null ? {} : { sqlstate: outcome.targetCode }),
          ...(outcome?.message == null ? {} : { message: outcome.message }),
        },
      };
    default:
      return {};
  }
}

import type { OperationView, RequestView } from '../control/contract.ts';
import { exitCodes } from '../core/exit-codes.ts';
import { type ExecResult, execResult } from './exec-result.ts';
import type { ExecReport } from './exec-sql.ts';

interface Parts {
  readonly connection: string;
  readonly operation: OperationView | null;
  readonly request: RequestView | null;
}

/**
 * The result of a request that ran before, asked for again under its idempotency key. The
 * gateway keeps the outcome and the number of rows, never the rows themselves.
 */
export function storedEnding(parts: Parts, request: RequestView): ExecReport {
  const { outcome } = request;
  switch (request.state) {
    case 'succeeded':
      return report(parts, 'succeeded', exitCodes.success, {
        result: {
          columns: [],
          rows: [],
          rowCount: outcome?.rowCount ?? null,
          truncated: true,
        },
        child: { exitCode: exitCodes.success },
      });
    case 'failed':
      return report(parts, 'failed', exitCodes.failure, {
        child: {
          exitCode: exitCodes.failure,
          ...(outcome?.targetCode == null ? {} : { sqlstate: outcome.targetCode }),
          ...(outcome?.message == null ? {} : { message: outcome.message }),
        },
      });
    case 'running':
      return report(parts, 'running', exitCodes.pending, {});
    default:
      return report(parts, 'unknown', exitCodes.outcomeUnknown, {});
  }
}

function report(
  parts: Parts,
  status: ExecResult['status'],
  exitCode: number,
  extra: Partial<Pick<ExecResult, 'result' | 'child'>>,
): ExecReport {
  return {
    exitCode,
    result: execResult({ ...parts, ...extra, status, source: 'child' }),
    answer: null,
    refusal: { message: `it ran before, and ${status}`, hint: null },
  };
}

import type { OperationView, RequestView } from '../control/contract.ts';
import { exitCodes } from '../core/exit-codes.ts';
import type { Answer } from './answer.ts';
import type { Ending } from './ending.ts';
import type { ExecReport } from './exec-report.ts';
import { execResult, resultOf, type Target } from './exec-result.ts';
import { exitOfStop } from './exit-code.ts';
import { type HttpAnswer, isSuccess } from './http-answer.ts';
import type { KubectlAnswer } from './kubectl-answer.ts';
import { childOf, type RemoteAnswer } from './remote-answer.ts';
import type { SqlAnswer } from './sql-answer.ts';

interface Known {
  readonly target: Target;
  readonly ending: Ending;
  readonly operation: OperationView | null;
  readonly request: RequestView | null;
}

/** It ran, and the target has said what came of it. */
export function answered(known: Known, answer: Answer): ExecReport {
  switch (answer.protocol) {
    case 'postgres':
      return sqlAnswered(known, answer);
    case 'ssh':
    case 'kubernetes':
      return programAnswered(known, answer);
    case 'http':
      return httpAnswered(known, answer);
    default:
      return answer satisfies never;
  }
}

const queryCanceled = '57014';

function sqlAnswered({ target, operation, request, ending }: Known, answer: SqlAnswer): ExecReport {
  const { error, wantedCopyData } = answer;
  const parts = { target, operation, request, source: 'child' } as const;
  if (error === null) {
    const child = { exitCode: exitCodes.success };
    const result = execResult({ ...parts, status: 'succeeded', result: resultOf(answer), child });
    return { exitCode: exitCodes.success, result, answer, refusal: null };
  }
  const { code: sqlstate, message } = error;
  const child = { exitCode: exitCodes.failure, sqlstate, message };
  const why = wantedCopyData ? 'copy_data' : ending.kind === 'stopped' ? ending.why : null;
  const stop = why !== null && sqlstate === queryCanceled ? exitOfStop[why] : null;
  return {
    exitCode: stop?.exitCode ?? exitCodes.failure,
    result: execResult({ ...parts, status: 'failed', child }),
    answer,
    refusal: stop === null ? null : { message: stop.message, hint: null },
  };
}

function programAnswered(known: Known, answer: RemoteAnswer | KubectlAnswer): ExecReport {
  const { target, operation, request, ending } = known;
  const { end, output } = answer;
  if (end.kind !== 'exited' && end.kind !== 'killed') throw new Error(`no answer: ${end.kind}`);
  const child = childOf(end);
  const stop = ending.kind === 'stopped' ? exitOfStop[ending.why] : null;
  const status = child.exitCode === exitCodes.success ? 'succeeded' : 'failed';
  const parts = { target, operation, request, source: 'child' } as const;
  return {
    exitCode: stop?.exitCode ?? child.exitCode,
    result: execResult({ ...parts, status, result: output, child }),
    answer,
    refusal: stop === null ? null : { message: stop.message, hint: null },
  };
}

function httpAnswered({ target, operation, request }: Known, answer: HttpAnswer): ExecReport {
  const { end, output } = answer;
  if (end.kind !== 'answered') throw new Error(`no answer: ${end.kind}`);
  const succeeded = isSuccess(end.status);
  const message = `HTTP ${end.status} ${end.statusText}`.trim();
  const exitCode = succeeded ? exitCodes.success : exitCodes.failure;
  const child = succeeded ? { exitCode } : { exitCode, message };
  const status = succeeded ? 'succeeded' : 'failed';
  const parts = { target, operation, request, source: 'child' } as const;
  const result = execResult({ ...parts, status, result: output, child });
  return { exitCode, result, answer, refusal: null };
}

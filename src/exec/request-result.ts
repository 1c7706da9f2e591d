import type { RequestView } from '../control/contract.ts';
import { type ExecResult, execResult } from './exec-result.ts';

/** A request as the `hoopx.result/v1` that `exec` prints for it. */
export function resultOfRequest(request: RequestView): ExecResult {
  const { state, connection, protocol } = request;
  const status = state === 'fallback_approved' ? 'approved' : state;
  return execResult({
    target: { connection: connection.name, protocol },
    status,
    source: 'hoopx',
    operation: null,
    request,
  });
}

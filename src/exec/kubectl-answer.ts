import type { OperationView } from '../control/contract.ts';
import { exitCodes } from '../core/exit-codes.ts';
import type { RemoteOutput } from './captured-output.ts';

/** What came of one run of kubectl. */
export interface KubectlAnswer {
  readonly protocol: 'kubernetes';
  readonly end:
    | { readonly kind: 'exited'; readonly code: number }
    | { readonly kind: 'killed'; readonly signal: string; readonly message: null };
  /** What was kept of its output; null when it went to stdout and stderr instead. */
  readonly output: RemoteOutput | null;
}

/**
 * Of all that kubectl asked for, what its run stands for: the last that was held or refused. A
 * refusal that kubectl did without says nothing about a run that succeeded.
 */
export function standsFor(
  operations: readonly OperationView[],
  answer: KubectlAnswer | null,
): OperationView | null {
  const well = answer !== null && isWell(answer);
  const counted = well ? operations.filter(({ refusal }) => refusal === null) : operations;
  const told = counted.findLast(({ requestId, refusal }) => requestId !== null || refusal !== null);
  return told ?? counted.at(-1) ?? null;
}

export function isWell({ end }: KubectlAnswer): boolean {
  return end.kind === 'exited' && end.code === exitCodes.success;
}

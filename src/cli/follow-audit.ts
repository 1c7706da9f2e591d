import { setTimeout as delay } from 'node:timers/promises';
import type { ControlClient } from '../control/client.ts';
import { UserError } from '../core/user-error.ts';

export interface FollowAudit {
  /** Null begins a few records before the end. */
  readonly after: number | null;
  readonly follow: boolean;
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
}

const everyMs = 1_000;

/** Prints records as they come, over restarts of the gateway. Errors: the control client's. */
export async function followAudit(
  control: Pick<ControlClient, 'auditRecords'>,
  { after, follow, signal, print }: FollowAudit,
): Promise<void> {
  let last = after;
  while (!signal.aborted) {
    const page = await control.auditRecords(last).catch((error: unknown) => {
      if (last === null || !isPassing(error)) throw error;
      return null;
    });
    for (const line of page?.lines ?? []) print(line);
    last = page?.last ?? last;
    if (page !== null && page.lines.length > 0) continue;
    if (!follow) return;
    await delay(everyMs, undefined, { signal }).catch(() => {});
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof UserError && error.code === 'GATEWAY_UNREACHABLE';
}

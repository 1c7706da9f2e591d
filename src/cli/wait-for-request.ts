import type { ControlClient } from '../control/client.ts';
import type { RequestView } from '../control/contract.ts';
import { exitCodes } from '../core/exit-codes.ts';
import type { RequestState } from '../core/request.ts';

/**
 * Resolves when the request is neither pending nor running; when the signal comes first, with
 * the request as it was last seen.
 */
export async function waitForRequest(
  client: ControlClient,
  id: string,
  signal: AbortSignal,
): Promise<RequestView> {
  let seen = await client.request(id);
  if (isSettled(seen)) return seen;
  for await (const event of client.requestEvents({ signal })) {
    // After a reconnection it may have moved on while nobody listened.
    if (event.type === 'synced') seen = await client.request(id);
    else if (event.request.id === id) seen = event.request;
    if (isSettled(seen)) return seen;
  }
  return seen;
}

function isSettled({ state }: RequestView): boolean {
  return state !== 'pending' && state !== 'running';
}

const exits: Record<RequestState, number> = {
  pending: exitCodes.pending,
  running: exitCodes.pending,
  approved: exitCodes.success,
  fallback_approved: exitCodes.success,
  succeeded: exitCodes.success,
  failed: exitCodes.failure,
  denied: exitCodes.deniedByReviewer,
  changes_requested: exitCodes.changesRequested,
  expired: exitCodes.lapsed,
  cancelled: exitCodes.lapsed,
  revoked: exitCodes.lapsed,
  unknown: exitCodes.outcomeUnknown,
};

/** What `requests wait` tells a script. */
export function exitOfRequest({ state, fallbackCause }: RequestView): number {
  if (state === 'denied' && fallbackCause !== null) return exitCodes.deniedByPolicy;
  return exits[state];
}

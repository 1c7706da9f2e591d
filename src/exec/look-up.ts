import { setTimeout as delay } from 'node:timers/promises';
import type { ControlClient } from '../control/client.ts';
import type { OperationView, RequestView } from '../control/contract.ts';
import { exitCodes } from '../core/exit-codes.ts';
import { UserError } from '../core/user-error.ts';

/** What the gateway's API says of something; `fault` when it could not, or knows it no more. */
export interface LookUp<Found> {
  readonly found: Found | null;
  readonly fault: UserError | null;
}

export interface Patience {
  /** How long a gateway that is away is waited for, and a running request followed. */
  readonly ms: number;
  readonly signal?: AbortSignal;
}

const againMs = 250;

export function newest(operations: readonly OperationView[]): OperationView | null {
  return operations.at(-1) ?? null;
}

/** One of the tunnel's operations, the newest last; null if there was none. */
export function lookUpOperation(
  client: ControlClient,
  tunnelId: string,
  pick: (operations: readonly OperationView[]) => OperationView | null,
  patience: Patience,
): Promise<LookUp<OperationView>> {
  const ask = async () => pick((await client.tunnel(tunnelId)).operations);
  return lookUp(ask, () => true, patience);
}

/** The request, once it does not run any more; as it is when patience ends. */
export function lookUpRequest(
  client: ControlClient,
  id: string,
  patience: Patience,
): Promise<LookUp<RequestView>> {
  return lookUp(
    () => client.request(id),
    (request) => request?.state !== 'running',
    patience,
  );
}

async function lookUp<Found>(
  ask: () => Promise<Found | null>,
  enough: (found: Found | null) => boolean,
  { ms, signal }: Patience,
): Promise<LookUp<Found>> {
  const until = performance.now() + ms;
  for (;;) {
    const looked = await once(ask);
    const settled = looked.fault === null ? enough(looked.found) : !isPassing(looked.fault);
    if (settled || performance.now() >= until || signal?.aborted === true) return looked;
    await delay(againMs, undefined, signal === undefined ? {} : { signal }).catch(() => {});
  }
}

async function once<Found>(ask: () => Promise<Found | null>): Promise<LookUp<Found>> {
  try {
    return { found: await ask(), fault: null };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { found: null, fault: error };
  }
}

function isPassing(fault: UserError): boolean {
  return fault.exitCode === exitCodes.gatewayUnreachable;
}

import { type Refusal, RefusedError } from './refusal.ts';
import type { Verdict } from './verdict.ts';

/** The abort reason of a requester who pressed Ctrl-C. */
export const cancelRequested: unique symbol = Symbol('cancel requested');

export const gatewayStopping: Refusal = {
  code: 'GATEWAY_STOPPING',
  message: 'the gateway is stopping',
  hint: 'Try again when it is back.',
};

export function denial(verdict: Extract<Verdict, { kind: 'deny' }>): Refusal {
  const { code, message, rules, hint } = verdict;
  return hint === undefined ? { code, message, rules } : { code, message, rules, hint };
}

export function abortRefusal(signal: AbortSignal): Refusal {
  if (signal.reason instanceof RefusedError) return signal.reason.refusal;
  const message =
    signal.reason === cancelRequested ? 'cancelled by the requester' : 'the client left';
  return { code: 'CANCELLED_BY_REQUESTER', message };
}

export function storeRefusal(error: unknown): Refusal {
  if (error instanceof RefusedError) return error.refusal;
  return {
    code: 'STORE_UNAVAILABLE',
    message: 'the request could not be recorded, so nothing was run',
    hint: 'Tell whoever runs the gateway; its log says why.',
  };
}

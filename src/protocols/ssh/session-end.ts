import { type Refusal, RefusedError } from '../../core/refusal.ts';
import { WireFault } from './wire/wire-fault.ts';

export const serverGone: Refusal = {
  code: 'UPSTREAM_UNREACHABLE',
  message: 'the server closed the connection',
};

export const gatewayFailed: Refusal = {
  code: 'INTERNAL',
  message: 'the gateway failed; nothing more was sent to the server',
};

/** Why a session ends, in words for its client. */
export function refusalOfEnd(reason: unknown): Refusal {
  if (reason instanceof RefusedError) return reason.refusal;
  if (!(reason instanceof WireFault)) return gatewayFailed;
  return { code: 'PROTOCOL_VIOLATION', message: `SSH was broken: ${reason.message}` };
}

/** A fault of ours, and not what a peer did or somebody decided. */
export function isOurs(error: unknown): boolean {
  return !(error instanceof RefusedError || error instanceof WireFault);
}

/** A peer that does not read must not keep a session from ending. */
export async function soon(work: Promise<unknown>): Promise<void> {
  await Promise.race([work, after(1000)]);
}

export function after(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
}

/** Calls `act` when the signal is aborted, now or later. */
export function whenAborted(signal: AbortSignal, act: (reason: unknown) => void): void {
  if (signal.aborted) act(signal.reason);
  else signal.addEventListener('abort', () => act(signal.reason), { once: true });
}

export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => whenAborted(signal, () => resolve()));
}

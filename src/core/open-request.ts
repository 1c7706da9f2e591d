import type { HeldRequest, RequestState } from './request.ts';

/** States in which a request may still come to run. */
export const openStates = ['pending', 'approved', 'fallback_approved'] as const;

interface InState {
  readonly state: RequestState;
}

export function isOpen({ state }: InState): boolean {
  return openStates.some((open) => open === state);
}

export function isApproved({ state }: InState): boolean {
  return state === 'approved' || state === 'fallback_approved';
}

/** When its state lapses by itself; null when it never does. */
export function dueAt(request: HeldRequest): number | null {
  if (request.state === 'pending') return request.expiresAt;
  return isApproved(request) ? request.runBefore : null;
}

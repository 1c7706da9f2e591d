import type { HeldRequest } from './request.ts';

/** States in which a request may still come to run. */
export const openStates = ['pending', 'approved', 'fallback_approved'] as const;

export function isOpen(request: HeldRequest): boolean {
  return request.state === 'pending' || isApproved(request);
}

export function isApproved(request: HeldRequest): boolean {
  return request.state === 'approved' || request.state === 'fallback_approved';
}

/** When its state lapses by itself; null when it never does. */
export function dueAt(request: HeldRequest): number | null {
  if (request.state === 'pending') return request.expiresAt;
  return isApproved(request) ? request.runBefore : null;
}

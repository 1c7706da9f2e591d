import type { RequestState } from '../core/request.ts';
import type { Tone } from './card-line.ts';

export const toneOfState: Record<RequestState, Tone> = {
  pending: 'warn',
  approved: 'good',
  fallback_approved: 'warn',
  running: 'good',
  succeeded: 'good',
  failed: 'bad',
  denied: 'bad',
  changes_requested: 'warn',
  expired: 'dim',
  cancelled: 'dim',
  revoked: 'dim',
  unknown: 'bad',
};

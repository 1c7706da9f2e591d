import type { RateLimit } from './rate-limit.ts';

export interface ControlLimits {
  /** Calls of one principal. */
  readonly calls: RateLimit;
  /** Client streams of one principal. */
  readonly streams: RateLimit;
  /** Tokens from one address that were not accepted. */
  readonly failures: RateLimit;
  readonly connections: number;
  /** Event streams of one principal. */
  readonly followers: number;
  /** For the head of a request; its body may take twice as long. */
  readonly patienceMs: number;
}

export const defaultLimits: ControlLimits = {
  calls: { burst: 200, perSecond: 50 },
  streams: { burst: 600, perSecond: 200 },
  failures: { burst: 200, perSecond: 100 },
  connections: 10_000,
  followers: 200,
  patienceMs: 10_000,
};

import type { Clock } from '../../core/clock.ts';

export interface RateLimit {
  /** How many at once, after a rest. */
  readonly burst: number;
  readonly perSecond: number;
}

export interface RateLimiter {
  /** Takes one; false when there is none left. */
  take(key: string): boolean;
  /** Whether one could be taken. */
  allows(key: string): boolean;
}

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** Keys come from outside, so their number is bounded: the least recently used are forgotten. */
const keyLimit = 10_000;

export function createRateLimiter(limit: RateLimit, clock: Clock): RateLimiter {
  const buckets = new Map<string, Bucket>();

  function bucketOf(key: string): Bucket {
    const now = clock();
    const known = buckets.get(key);
    const bucket = known ?? { tokens: limit.burst, filledAt: now };
    const filled = bucket.tokens + ((now - bucket.filledAt) / 1000) * limit.perSecond;
    bucket.tokens = Math.min(limit.burst, filled);
    bucket.filledAt = now;
    buckets.delete(key);
    buckets.set(key, bucket);
    if (buckets.size > keyLimit) forgetOldest();
    return bucket;
  }

  function forgetOldest(): void {
    const oldest = buckets.keys().next();
    if (oldest.done !== true) buckets.delete(oldest.value);
  }

  return {
    take(key) {
      const bucket = bucketOf(key);
      if (bucket.tokens < 1) return false;
      bucket.tokens -= 1;
      return true;
    },
    allows: (key) => bucketOf(key).tokens >= 1,
  };
}

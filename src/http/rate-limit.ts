/** How often something may happen for each key, in this process. Used by admission.ts.
 *  A bucket holds a minute's worth and fills evenly, so that a page that asks ten times at once is served, and a loop is
 *  not. Its memory is bounded: the key that was not seen for longest is forgotten first, as one that is full again is. */
import type { Clock } from '../clock.js';

export interface RateLimit {
  /** Null when it may happen, and then it has; else after how many whole seconds it may. */
  take(key: string): number | null;
}

export interface RateLimitOptions {
  /** 0 for no limit. */
  readonly perMinute: number;
  readonly clock: Clock;
  readonly maxKeys?: number;
}

interface Bucket {
  readonly left: number;
  readonly at: number;
}

const minuteMs = 60_000;

export function createRateLimit({ perMinute, clock, maxKeys = 10_000 }: RateLimitOptions): RateLimit {
  const buckets = new Map<string, Bucket>();
  return {
    take(key) {
      if (perMinute === 0) return null;
      const at = clock.monotonic();
      const left = leftAt(buckets.get(key), at);
      const isAllowed = left >= 1;
      keep(key, { left: isAllowed ? left - 1 : left, at });
      return isAllowed ? null : Math.ceil(((1 - left) * minuteMs) / perMinute / 1000);
    },
  };

  function leftAt(bucket: Bucket | undefined, at: number): number {
    if (!bucket) return perMinute;
    return Math.min(perMinute, bucket.left + ((at - bucket.at) * perMinute) / minuteMs);
  }

  /** A Map remembers the order of insertion: the first key is the one that was not seen for longest. */
  function keep(key: string, bucket: Bucket): void {
    buckets.delete(key);
    const [oldest] = buckets.keys();
    if (buckets.size >= maxKeys && oldest !== undefined) buckets.delete(oldest);
    buckets.set(key, bucket);
  }
}

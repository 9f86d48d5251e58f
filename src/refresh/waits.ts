/** Remembers, in this process and for a while, that something is not to be tried again yet. Called by refresh-account.ts.
 *  Bounded: past the limit the oldest wait is forgotten, which costs one try too many. */
import type { Clock } from '../clock.js';

export interface Waits {
  /** Replaces an earlier wait of this key. */
  start(key: string, ms: number): void;
  /** Milliseconds still to wait; 0 when none. */
  remainingMs(key: string): number;
}

export function createWaits({ clock, maxEntries }: { clock: Clock; maxEntries: number }): Waits {
  const ends = new Map<string, number>(); // monotonic time, oldest wait first

  return {
    start(key, ms) {
      ends.delete(key); // to the end of the order
      ends.set(key, clock.monotonic() + ms);
      const [oldest] = ends.keys();
      if (ends.size > maxEntries && oldest !== undefined) ends.delete(oldest);
    },
    remainingMs(key) {
      const end = ends.get(key);
      if (end === undefined) return 0;
      const remaining = end - clock.monotonic();
      if (remaining > 0) return remaining;
      ends.delete(key);
      return 0;
    },
  };
}

/** The clocks that code may ask. Everything that reads or waits for time takes a Clock as an argument, so that
 *  tests own time; nothing else in src calls Date.now(), performance.now() or setTimeout to wait. */
import { setTimeout as delay } from 'node:timers/promises';

export interface Clock {
  /** Wall clock, epoch milliseconds. It may jump; use it for due times and for what is stored. */
  now(): number;
  /** Milliseconds that only grow. Use it to time how long something takes or may still take. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `ring` after `ms` milliseconds, unless the returned function was called first. For limits that almost never
   *  end: a sleep that is aborted costs an error with its stack, and keeps its request in memory for long. */
  alarm(ms: number, ring: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) => delay(ms, undefined, signal ? { signal } : {}),
  alarm(ms, ring) {
    const timer = setTimeout(ring, ms);
    return () => clearTimeout(timer);
  },
};

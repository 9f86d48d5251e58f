/** A clock that stands still until a test moves it. sleep() ends and an alarm rings when the clock has been advanced far
 *  enough, in the order of the wake-up times; no test waits for real time. */
import type { Clock } from '../../src/clock.js';

export interface TestClock extends Clock {
  /** Moves both clocks and lets every sleeper whose time has come go on. */
  advance(ms: number): void;
  /** Sets the wall clock alone forward, or back when negative, as an operator or NTP does. */
  jump(ms: number): void;
}

interface Sleeper {
  readonly wakeAt: number;
  wake(): void;
}

/** `start` is the wall clock's first reading, epoch milliseconds. */
export function createTestClock(start = Date.UTC(2026, 0, 1)): TestClock {
  let elapsed = 0;
  let jumped = 0;
  const sleepers = new Set<Sleeper>();

  return {
    now: () => start + elapsed + jumped,
    monotonic: () => elapsed,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        if (ms <= 0) return resolve();
        const stop = () => {
          sleepers.delete(sleeper);
          reject(signal?.reason as Error);
        };
        const sleeper: Sleeper = {
          wakeAt: elapsed + ms,
          wake: () => {
            sleepers.delete(sleeper);
            signal?.removeEventListener('abort', stop);
            resolve();
          },
        };
        signal?.addEventListener('abort', stop, { once: true });
        sleepers.add(sleeper);
      }),
    alarm(ms, ring) {
      const sleeper: Sleeper = {
        wakeAt: elapsed + ms,
        wake: () => {
          sleepers.delete(sleeper);
          ring();
        },
      };
      sleepers.add(sleeper);
      if (ms <= 0) queueMicrotask(() => sleepers.has(sleeper) && sleeper.wake());
      return () => void sleepers.delete(sleeper);
    },
    jump: (ms) => {
      jumped += ms;
    },
    advance: (ms) => {
      elapsed += ms;
      const due = [...sleepers].filter((sleeper) => sleeper.wakeAt <= elapsed);
      for (const sleeper of due.toSorted((a, b) => a.wakeAt - b.wakeAt)) sleeper.wake();
    },
  };
}

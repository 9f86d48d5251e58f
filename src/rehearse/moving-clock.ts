/** The system's clock, which the rehearsal can set forward: a token's hour passes at once, and time limits hold as they do in
 *  earnest. Called by rehearse.ts. */
import { systemClock, type Clock } from '../clock.js';

export interface MovingClock extends Clock {
  advance(ms: number): void;
}

export function createMovingClock(): MovingClock {
  let ahead = 0;
  return {
    ...systemClock,
    now: () => systemClock.now() + ahead,
    monotonic: () => systemClock.monotonic() + ahead,
    advance: (ms) => {
      ahead += ms;
    },
  };
}

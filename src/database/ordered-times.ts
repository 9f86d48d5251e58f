/** Gives each row of a list that is read by time a time of its own, so that what happened first stands first. Used by the
 *  audit and the events; in this process alone, since between processes no order is known that closely. */
import type { Clock } from '../clock.js';

/** A wall clock that was set back by more than this is believed; less is the order within a moment. */
const believedStepMs = 1_000;

/** Gives the time now, or the next millisecond after the one it gave last and after `after`. */
export type NextTime = (after?: number) => number;

export function createOrderedTimes(clock: Pick<Clock, 'now'>): NextTime {
  let lastAt = -Infinity;

  return (after = -Infinity) => {
    const now = clock.now();
    const last = lastAt - now < believedStepMs ? lastAt : -Infinity;
    lastAt = Math.max(now, last + 1, after + 1);
    return lastAt;
  };
}

/** When an event that could not be delivered is tried again. Pure; called by deliver-events.ts. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** After the first try, the second, ...: more than 27 hours in all, longer than a receiver is away overnight and a day. */
const waits = [
  5 * SECOND,
  30 * SECOND,
  2 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  1 * HOUR,
  2 * HOUR,
  4 * HOUR,
  8 * HOUR,
  12 * HOUR,
];
const LONGEST_ASKED_MS = 12 * HOUR;

/** Epoch milliseconds; null when it was tried often enough. A receiver may ask for a longer wait, up to 12 hours, and for no
 *  shorter one. */
export function nextTryAt({ tries, waitMs, now }: { tries: number; waitMs: number; now: number }): number | null {
  const own = waits[tries - 1];
  return own === undefined ? null : now + Math.max(own, Math.min(waitMs, LONGEST_ASKED_MS));
}

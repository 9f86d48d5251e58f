/** How long an account is left alone after a refresh that failed: decorrelated jitter (each pause is drawn between the
 *  shortest and three times the one before), so that accounts that failed together do not come back together. Pure;
 *  called by outcome.ts.
 *  Must never: be shorter than the provider asked for, or grow without an end. */

export interface BackoffRange {
  readonly shortestMs: number;
  readonly longestMs: number;
}

export interface BackoffFacts {
  readonly range: BackoffRange;
  /** The pause before this one; null after a success. */
  readonly previousMs: number | null;
  /** What the provider asked for; null where it did not. */
  readonly retryAfterSeconds: number | null;
  /** 0 up to 1. */
  readonly random: () => number;
}

/** Whole milliseconds. */
export function nextBackoff({ range, previousMs, retryAfterSeconds, random }: BackoffFacts): number {
  const { shortestMs, longestMs } = range;
  // A pause that the provider asked for once is no measure of the next.
  const before = Math.min(Math.max(previousMs ?? 0, shortestMs / 3), longestMs);
  const drawn = shortestMs + random() * (before * 3 - shortestMs);
  return Math.max(Math.round(Math.min(drawn, longestMs)), (retryAfterSeconds ?? 0) * 1000);
}

/** What is left of a pause. One that has more left than it was long was noted by a clock that has been set back since:
 *  it is over. */
export function remainingBackoff(
  { retryAt, backoffMs }: { readonly retryAt: number | null; readonly backoffMs: number | null },
  now: number,
): number {
  if (retryAt === null) return 0;
  const left = retryAt - now;
  return left > (backoffMs ?? left) ? 0 : Math.max(left, 0);
}

/** The budget of a provider on the virtual clock: background refreshes stand in line for a place, one place after another;
 *  whoever is waited for goes at once and takes the next place away. Called by simulated-gateway.ts. */

export interface BudgetLine {
  /** The moment of a background refresh that wants to go now; the place is taken. */
  takePlace(now: number): number;
  /** A refresh that goes now whatever the line. */
  goFirst(now: number): void;
}

/** `scale`: how many refreshes each one stands for. */
export function createBudgetLine(perSecond: number | null, scale: number): BudgetLine {
  const pause = perSecond === null ? 0 : (1000 * scale) / perSecond;
  let free = 0;
  const takePlace = (now: number): number => {
    const place = Math.max(free, now);
    free = place + pause;
    return place;
  };
  return { takePlace, goFirst: (now) => void takePlace(now) };
}

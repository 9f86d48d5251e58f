/** The budget of a provider on the virtual clock, as refresh/budget.ts keeps it: refreshes go one after another at an even
 *  pace, those for which somebody waits before the others, and nobody waits for long. Called by simulated-gateway.ts. */

export interface BudgetLine {
  /** When a refresh may go for which somebody waits; null where that would take too long. The place is taken. */
  ahead(now: number): number | null;
  /** When a refresh may go that nobody waits for. The place is taken. */
  behind(now: number): number;
}

const LONGEST_WAIT = 10_000;

/** `scale`: how many refreshes each one stands for. */
export function createBudgetLine(perSecond: number | null, scale: number): BudgetLine {
  const pause = perSecond === null ? 0 : (1000 * scale) / perSecond;
  // Those that each one stands for would not all come at its moment: the next one may be early by as much as they take.
  const leeway = perSecond === null ? 0 : pause - 1000 / perSecond;
  let freeAhead = 0;
  let free = 0;

  return {
    ahead(now) {
      const place = Math.max(freeAhead, now + leeway);
      if (place - leeway - now > LONGEST_WAIT) return null;
      freeAhead = place + pause;
      free = Math.max(free + pause, freeAhead); // who is behind waits longer
      return place - leeway;
    },
    behind(now) {
      const place = Math.max(free, freeAhead, now + leeway);
      free = place + pause;
      return place - leeway;
    },
  };
}

/** How long one read, or one write until its COMMIT, may keep its caller, in all: the wait for a connection, each try and
 *  each statement take from the same time. Called by open-postgres and postgres-transaction. Times are real ones, as the
 *  driver's own limits are. */
import { systemClock, type Clock } from '../clock.js';

export interface TimeBudget {
  /** For the next statement, in milliseconds: what is left, up to the limit of one. Never 0, which the driver reads as
   *  no limit at all. */
  statementMs(): number;
  /** Whether a wait for a connection and a statement after it still find time. */
  hasTimeToConnect(): boolean;
}

/** Below the 2 s that a caller is promised, with room for a busy process. */
export const budgetMs = 1800;
/** The wait for a free connection, and for a new one. */
export const connectMs = 900;
/** For one statement: above the server's own limit, which it is told. */
export const statementMs = 1400;
/** Less is no time to answer in. */
export const leastStatementMs = 200;

export function openTimeBudget(clock: Pick<Clock, 'monotonic'> = systemClock): TimeBudget {
  const endsAt = clock.monotonic() + budgetMs;
  const left = (): number => endsAt - clock.monotonic();

  return {
    statementMs: () => Math.max(1, Math.min(statementMs, Math.floor(left()))),
    hasTimeToConnect: () => left() >= connectMs + leastStatementMs,
  };
}

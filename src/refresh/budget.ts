/** Spreads refreshes over time, for providers that take so many a second: each process sends a provider one after another,
 *  evenly, those for which somebody waits before those that nobody waits for. Called by refresh-account.ts before a turn is
 *  taken, so that nobody waits here with a lease. A process counts for itself: with n of them, give each an n-th.
 *  Must never: keep a caller longer than it would be worth, or let waiting grow without an end. */
import type { Clock } from '../clock.js';
import { fail, Fault } from '../errors.js';
import { noMetrics, type Metrics } from '../observe/measures.js';

export interface Budget {
  /** Resolves when the account's turn has come. Throws PROVIDER_RATE_LIMITED, at once and with the seconds until there is
   *  room, when that would take too long; PROVIDER_UNAVAILABLE at shutdown. */
  take(place: BudgetPlace): Promise<void>;
  /** Somebody waits for this account now. */
  hurry(accountId: string): void;
  /** Nobody's turn comes any more; for shutdown. What waits has not been sent. */
  end(): void;
}

export interface BudgetPlace {
  readonly providerId: string;
  readonly accountId: string;
  /** Null for no limit. */
  readonly perSecond: number | null;
  readonly isBehind: boolean;
}

export interface BudgetParts {
  readonly clock: Clock;
  readonly metrics?: Pick<Metrics, 'budgetWaited'>;
}

interface Waiter {
  readonly place: BudgetPlace;
  readonly since: number;
  go(): void;
  stop(): void;
}

interface Line {
  ahead: Waiter[];
  behind: Waiter[];
  /** Monotonic: no turn before. */
  nextAt: number;
  isMoving: boolean;
}

/** Callers wait for 30 s at most as it is. */
const LONGEST_MS = { ahead: 10_000, behind: 60_000 } as const;
/** A timer that rings late does not cost the turns of that time. */
const CATCH_UP_MS = 20;

export function createBudget({ clock, metrics = noMetrics }: BudgetParts): Budget {
  const lines = new Map<string, Line>();
  let hasEnded = false;

  return {
    async take(place) {
      const { perSecond, providerId } = place;
      if (perSecond === null) return;
      if (hasEnded) throw stoppedFault(place);
      const line = lines.get(providerId) ?? { ahead: [], behind: [], nextAt: -Infinity, isMoving: false };
      lines.set(providerId, line);
      assertRoom(line, place, 1000 / perSecond);
      const since = clock.monotonic();
      await new Promise<void>((resolve, reject) => {
        const stop = (): void => reject(stoppedFault(place));
        line[place.isBehind ? 'behind' : 'ahead'].push({ place, since, go: resolve, stop });
        if (!line.isMoving) void move(line, 1000 / perSecond);
      });
      metrics.budgetWaited({ provider: providerId, waitedMs: clock.monotonic() - since });
    },

    hurry(accountId) {
      for (const line of lines.values()) {
        const waiter = line.behind.find(({ place }) => place.accountId === accountId);
        if (!waiter) continue;
        line.behind = line.behind.filter((one) => one !== waiter);
        line.ahead.push(waiter);
      }
    },

    end() {
      hasEnded = true;
      for (const line of lines.values()) {
        for (const waiter of [...line.ahead.splice(0), ...line.behind.splice(0)]) waiter.stop();
      }
    },
  };

  function assertRoom({ ahead, behind, nextAt }: Line, place: BudgetPlace, pauseMs: number): void {
    const before = ahead.length + (place.isBehind ? behind.length : 0);
    const waitMs = Math.max(nextAt - clock.monotonic(), 0) + before * pauseMs;
    if (waitMs <= LONGEST_MS[place.isBehind ? 'behind' : 'ahead']) return;
    const { providerId: provider, accountId } = place;
    const facts = { provider, accountId, retryAfterSeconds: Math.ceil(waitMs / 1000) };
    fail('PROVIDER_RATE_LIMITED', facts, { detail: 'not sent: the budget of this provider is spent' });
  }

  async function move(line: Line, pauseMs: number): Promise<void> {
    line.isMoving = true;
    for (;;) {
      const waitMs = line.nextAt - clock.monotonic();
      if (waitMs > 0) await clock.sleep(waitMs);
      const waiter = line.ahead.shift() ?? line.behind.shift();
      if (!waiter) break;
      line.nextAt = Math.max(line.nextAt, clock.monotonic() - CATCH_UP_MS) + pauseMs;
      waiter.go();
    }
    line.isMoving = false;
  }
}

function stoppedFault({ providerId, accountId }: BudgetPlace): Fault {
  const facts = { provider: providerId, accountId, retryAfterSeconds: 1 };
  return new Fault('PROVIDER_UNAVAILABLE', facts, 'not sent: the process ends');
}

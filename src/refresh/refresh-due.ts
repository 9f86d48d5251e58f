/** What an alarm wakes: reads the account, plans again, and renews its tokens if that is due now. Called by the jobs when an
 *  alarm rings, and by the sweep for accounts whose alarm did not.
 *  The row is the truth, and what it says may have changed since the alarm was set. A refresh that fails is no failure here:
 *  the row then says when the next try is. Must never renew twice because an account was woken twice. */
import type { AccountForUse } from '../accounts/account-facts.js';
import type { AccountStore } from '../accounts/account-store.js';
import type { ConnectedAccount } from '../accounts/connected-account.js';
import type { Clock } from '../clock.js';
import { Fault } from '../errors.js';
import type { Logger } from '../observe/logger.js';
import type { Metrics } from '../observe/measures.js';
import type { RefreshAccount } from './refresh-account.js';
import { alarmedOf, type Alarmed } from './refresh-alarms.js';
import type { RefreshSchedule } from './schedule.js';
import { createSingleFlight } from './single-flight.js';

export interface DueKey {
  readonly userId: string;
  readonly providerId: string;
  readonly accountId: string;
}

export interface RefreshDue {
  /** Resolves to the account as it stands then, for its next alarm; null when it is gone. Throws DATABASE_UNAVAILABLE, and
   *  what is a fault of Latchkey. */
  run(key: DueKey): Promise<Alarmed | null>;
}

export interface RefreshDueParts {
  readonly accounts: Pick<AccountStore, 'findDueForUse' | 'replan'>;
  readonly schedule: Pick<RefreshSchedule, 'planAhead'>;
  readonly refreshAccount: Pick<RefreshAccount, 'renewBehind'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'dueRefreshBegan'>;
}

/** In one process: as many as there are connections to a provider. They share their statements, so that one connection to
 *  the database does for all of them (docs/decisions/0033-refreshes-written-together.md). */
export const REFRESHES_AT_ONCE = 64;

const PAUSE_MS = 5_000;

export function createRefreshDue(parts: RefreshDueParts): RefreshDue {
  const { accounts, schedule, refreshAccount, clock, log, metrics } = parts;
  const flights = createSingleFlight<Alarmed | null>();

  return { run: (key) => flights.run(key.accountId, () => runOnce(key)) };

  async function runOnce(key: DueKey): Promise<Alarmed | null> {
    const current = await accounts.findDueForUse(key);
    if (!current) return null;
    const { account, tokens } = current;
    const { version } = tokens;
    const plan = schedule.planAhead({ account, version, hasRefreshToken: tokens.sealedRefreshToken !== null });
    if (plan.do !== 'refresh-at') return putRight(account, null);
    if (plan.at > clock.now()) return putRight(account, plan.at);
    metrics.dueRefreshBegan({ lateMs: clock.now() - (account.nextRefreshAt ?? plan.at) });
    return renew(current, plan.why);
  }

  /** Its user went away, or its provider's policy is another one since: a row that says so is not looked at again. */
  async function putRight(account: ConnectedAccount, nextRefreshAt: number | null): Promise<Alarmed> {
    if (nextRefreshAt !== account.nextRefreshAt) await accounts.replan(account, nextRefreshAt);
    return { ...alarmedOf(account), nextRefreshAt };
  }

  async function renew(current: AccountForUse, reason: 'SCHEDULED' | 'KEEP_ALIVE' | 'EXPIRED') {
    const { account, tokens } = current;
    const { userId, providerId, id: accountId } = account;
    const key = { userId, providerId, accountId };
    try {
      return await refreshAccount.renewBehind({ ...key, spentVersion: tokens.version, reason, seen: current });
    } catch (error) {
      if (!isToldByRow(error)) throw error;
      log.debug({ event: 'refresh.due_not_renewed', accountId, provider: providerId, code: error.code });
      const after = await accounts.findDueForUse(key);
      return after ? putOff(alarmedOf(after.account), error) : null;
    }
  }

  /** A row that is still due after a try, as when another process is at it, wakes its account a little later. */
  function putOff(after: Alarmed, { facts }: Fault): Alarmed {
    if (after.nextRefreshAt === null) return after;
    const earliest = clock.now() + (facts.retryAfterSeconds ?? 0) * 1000 + PAUSE_MS;
    return { ...after, nextRefreshAt: Math.max(after.nextRefreshAt, earliest) };
  }
}

/** What speaks against a refresh, or went wrong in one, is in the account's row. */
function isToldByRow(error: unknown): error is Fault {
  return error instanceof Fault && error.code !== 'DATABASE_UNAVAILABLE' && error.code !== 'INTERNAL';
}

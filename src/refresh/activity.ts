/** Notes that users are here, and takes up again what was paused while they were away: one refresh if the token is over or
 *  near its end, and a new schedule. Called by proxy with each token that was used, and by record-activity.ts.
 *  Must never delay or fail a use. */
import type { AccountForUse, AccountsAtProvider, Resumption } from '../accounts/account-facts.js';
import type { AccountStore } from '../accounts/account-store.js';
import type { ConnectedAccount } from '../accounts/connected-account.js';
import type { Database } from '../database/database.js';
import { alarmedOf, type RefreshAlarms } from './refresh-alarms.js';
import { createRenewBehind, type RenewBehindParts } from './renew-behind.js';
import { plannedOf, type PlannedPair, type RefreshSchedule } from './schedule.js';
import type { UsableToken } from './usable-token.js';

export interface Activity {
  /** A token was used. */
  noteUse(token: UsableToken): void;
  /** The user is here. Gives the accounts that were paused, as they stand now. */
  noteUser(user: Pick<AccountsAtProvider, 'userId'> & { providerId: string | null }): Promise<ConnectedAccount[]>;
}

export interface ActivityParts extends RenewBehindParts {
  readonly database: Database;
  readonly accounts: Pick<AccountStore, 'findAllForUse' | 'recordUse' | 'recordActivity' | 'resume' | 'find'>;
  readonly alarms: Pick<RefreshAlarms, 'set'>;
  readonly schedule: Pick<RefreshSchedule, 'isPaused' | 'whileActive' | 'planUse' | 'policyOf'>;
}

export function createActivity(parts: ActivityParts): Activity {
  const { database, accounts, schedule, alarms } = parts;
  const renewBehind = createRenewBehind(parts);

  return {
    noteUse({ account, version, refreshToken }) {
      const isKept = schedule.policyOf(account).mode === 'WHEN_ACTIVE';
      const resumption = isKept ? resumptionOf({ account, version, hasRefreshToken: refreshToken !== null }) : null;
      accounts.recordUse(account.id, resumption?.nextRefreshAt === account.nextRefreshAt ? null : resumption);
    },

    async noteUser(user) {
      const found = await accounts.findAllForUse(user);
      const paused = found.filter(({ account }) => schedule.isPaused(account));
      for (const { account } of found) if (!schedule.isPaused(account)) accounts.recordActivity(account.id);
      if (paused.length === 0) return [];
      await resumeAll(paused);
      const resumed = await Promise.all(
        paused.map(({ account: { userId, id } }) => accounts.find({ userId, accountId: id })),
      );
      return resumed.filter((account) => account !== null);
    },
  };

  async function resumeAll(paused: readonly AccountForUse[]): Promise<void> {
    const plans = paused.map((current) => ({ current, resumption: resumptionOf(plannedOf(current)) }));
    await database.write(async (transaction) => {
      for (const { current, resumption } of plans) {
        await accounts.resume(transaction, current.account.id, resumption);
      }
    });
    for (const { current, resumption } of plans) {
      resumption.committed();
      const planned = schedule.planUse(plannedOf(current));
      if (planned.do === 'refresh-behind' || planned.do === 'refresh-and-wait') renewBehind(current, 'RESUMED');
    }
  }

  function resumptionOf(planned: PlannedPair & Pick<AccountForUse, 'account'>): Resumption {
    const nextRefreshAt = schedule.whileActive(planned);
    const committed = (): void => alarms.set({ ...alarmedOf(planned.account), nextRefreshAt });
    return { tokensIssuedAt: planned.account.tokensIssuedAt, nextRefreshAt, committed };
  }
}

/** Renews an account's tokens without anybody waiting for it. Called by fresh-token.ts and activity.ts.
 *  Must never leave a rejection that nobody handles. Shutdown waits for it as for every refresh (refreshAccount.settled). */
import type { AccountForUse } from '../accounts/account-facts.js';
import type { Logger } from '../observe/logger.js';
import type { RefreshAccount } from './refresh-account.js';
import type { RefreshReason } from './refresh-reason.js';

/** Its failure is the account's to tell, and hurts no caller. */
export type RenewBehind = (current: AccountForUse, reason: RefreshReason) => void;

export interface RenewBehindParts {
  readonly refreshAccount: Pick<RefreshAccount, 'renewBehind'>;
  readonly log: Logger;
}

export function createRenewBehind({ refreshAccount, log }: RenewBehindParts): RenewBehind {
  return ({ account, tokens: { version: spentVersion } }, reason) => {
    const { userId, providerId, id: accountId } = account;
    refreshAccount.renewBehind({ userId, providerId, accountId, spentVersion, reason }).catch((error: unknown) => {
      log.debug({ event: 'refresh.behind_failed', accountId, provider: providerId, err: error });
    });
  };
}

/** Refreshes an account's tokens now because a person asked, and keeps who did. Called by graphql's refreshAccount.
 *  Audited like every act of a person on a remote system; refreshes that Latchkey makes by itself are not. Another user's
 *  account is as one that does not exist, and leaves no line in anybody's audit. */
import type { AccountStore } from '../accounts/account-store.js';
import type { ConnectedAccount } from '../accounts/connected-account.js';
import type { Audit } from '../audit/audit.js';
import type { Actor } from '../callers/actor.js';
import { fail } from '../errors.js';
import type { FreshTokens } from '../refresh/fresh-token.js';

/** Throws ACCOUNT_NOT_FOUND, REAUTHORIZATION_REQUIRED, PROVIDER_*; once an act began, its trace then says FAILED. */
export type RefreshByHand = (actor: Actor, accountId: string) => Promise<ConnectedAccount>;

export interface RefreshByHandParts {
  readonly accounts: Pick<AccountStore, 'find'>;
  readonly audit: Pick<Audit, 'around'>;
  readonly freshTokens: Pick<FreshTokens, 'refreshNow'>;
}

export function createRefreshByHand({ accounts, audit, freshTokens }: RefreshByHandParts): RefreshByHand {
  return async ({ actorId, subjectId, reason, requestId }, accountId) => {
    const key = { userId: subjectId, accountId };
    if (!(await accounts.find(key))) fail('ACCOUNT_NOT_FOUND');
    const act = { action: 'account.refreshed', actorId, subjectId, accountId, reason, requestId } as const;
    return audit.around(act, () => freshTokens.refreshNow(key));
  };
}

/** A person asks for a refresh now: the user, or an admin on their behalf. Called by graphql for refreshAccount.
 *  Audited like every act of a person on a remote system; refreshes that Latchkey makes by itself are not. */
import type { ConnectedAccount } from '../accounts/connected-account.js';
import type { Audit } from '../audit/audit.js';
import type { Actor } from '../callers/actor.js';
import type { FreshTokens } from '../refresh/fresh-token.js';

export type RefreshByHand = (actor: Actor, accountId: string) => Promise<ConnectedAccount>;

export interface RefreshByHandParts {
  readonly audit: Audit;
  readonly freshTokens: Pick<FreshTokens, 'refreshNow'>;
}

/** Throws ACCOUNT_NOT_FOUND, REAUTHORIZATION_REQUIRED or PROVIDER_*; the trace then says FAILED. */
export function createRefreshByHand({ audit, freshTokens }: RefreshByHandParts): RefreshByHand {
  return ({ actorId, subjectId, reason, requestId }, accountId) =>
    audit.around({ action: 'account.refreshed', actorId, subjectId, accountId, reason, requestId }, () =>
      freshTokens.refreshNow({ userId: subjectId, accountId }),
    );
}

/** Gives out access tokens that work: the stored one while it lives, else one renewed first. Called by proxy and admin.
 *  The warm path (a token that lives) costs one statement at most and no write. Must never give a user another user's account,
 *  nor choose between several accounts for them. */
import type { AccountForUse, AccountKey, AccountsAtProvider } from '../accounts/account-facts.js';
import type { AccountStore } from '../accounts/account-store.js';
import type { ConnectedAccount } from '../accounts/connected-account.js';
import type { RecentAccounts } from '../accounts/recent-accounts.js';
import type { Clock } from '../clock.js';
import { Fault, fail } from '../errors.js';
import type { Logger } from '../observe/logger.js';
import type { Catalogue } from '../providers/provider.js';
import type { TokenStore } from '../vault/token-store.js';
import { failFor } from './may-try.js';
import { problemOf } from './fault-classes.js';
import { createRenewBehind } from './renew-behind.js';
import type { RefreshAccount } from './refresh-account.js';
import { plannedOf, type RefreshSchedule } from './schedule.js';
import { createSingleFlight } from './single-flight.js';
import type { UsableToken } from './usable-token.js';

export interface FreshTokens {
  /** A token for one call. With `accountId` null the user's only account at the provider is meant. Throws NOT_CONNECTED,
   *  AMBIGUOUS_ACCOUNT (with the accounts to choose from), ACCOUNT_NOT_FOUND (an id that is not theirs there),
   *  UNKNOWN_PROVIDER, REAUTHORIZATION_REQUIRED, PROVIDER_*. */
  use(target: AccountsAtProvider & { readonly accountId: string | null }): Promise<UsableToken>;
  /** The provider answered 401 to this token: one that is newer, renewed if need be, once for all who were refused.
   *  Throws as `use`; PROVIDER_UNAVAILABLE also when the token was itself renewed for a 401 a moment ago. */
  afterRefusal(used: UsableToken): Promise<UsableToken>;
  /** Renews because a person asked. Throws ACCOUNT_NOT_FOUND, REAUTHORIZATION_REQUIRED, PROVIDER_*, which leave the
   *  account's living token as it is. */
  refreshNow(key: AccountKey): Promise<ConnectedAccount>;
}

export interface FreshTokensParts {
  readonly accounts: Pick<AccountStore, 'find'>;
  /** For the warm path alone: what it says may be almost a second old. */
  readonly recent: RecentAccounts;
  readonly tokens: Pick<TokenStore, 'open' | 'read'>;
  readonly catalogue: Catalogue;
  readonly refreshAccount: Pick<RefreshAccount, 'renew' | 'renewBehind'>;
  readonly schedule: Pick<RefreshSchedule, 'planUse'>;
  readonly clock: Clock;
  readonly log: Logger;
}

export function createFreshTokens(parts: FreshTokensParts): FreshTokens {
  const { accounts, recent, tokens, catalogue, refreshAccount, schedule, clock } = parts;
  const renewBehind = createRenewBehind(parts);
  const asked = createSingleFlight<ConnectedAccount>();

  return {
    async use(target) {
      catalogue.get(target.providerId); // throws for one that is not set up
      const chosen = chooseOne(await recent.findForUse(target), target);
      const planned = schedule.planUse(plannedOf(chosen));
      switch (planned.do) {
        case 'nothing':
          return toUsable(chosen);
        case 'refresh-behind':
          renewBehind(chosen, planned.why);
          return toUsable(chosen);
        case 'refresh-at':
          return failUntil(chosen.account, planned.at);
        case 'refresh-and-wait':
        case 'ask-user': // the provider itself has the last word, and its refusal is written down
          return renewOrUse(chosen);
        default:
          return planned satisfies never;
      }
    },

    afterRefusal: ({ account, version }) =>
      refreshAccount.renew({ ...keyOf(account), spentVersion: version, reason: 'REFUSED' }),

    // Whoever asks while it is being looked up has asked for the same: what is read late could be the renewed one already.
    refreshNow: (key) => asked.run(JSON.stringify([key.userId, key.accountId]), () => renewAsked(key)),
  };

  async function renewAsked({ userId, accountId }: AccountKey): Promise<ConnectedAccount> {
    const [account, row] = await Promise.all([accounts.find({ userId, accountId }), tokens.read(accountId)]);
    if (!account || !row) return fail('ACCOUNT_NOT_FOUND', { accountId });
    const renewed = await refreshAccount.renew({ ...keyOf(account), spentVersion: row.version, reason: 'ASKED' });
    return renewed.account;
  }

  /** In its last seconds a token is renewed early; while it lives, a provider that is down hurts nobody. */
  async function renewOrUse(chosen: AccountForUse): Promise<UsableToken> {
    const { account, tokens: row } = chosen;
    try {
      return await refreshAccount.renew({ ...keyOf(account), spentVersion: row.version, reason: 'EXPIRED' });
    } catch (error) {
      const isAlive = account.expiresAt !== null && clock.now() < account.expiresAt;
      if (isAlive && error instanceof Fault && error.code.startsWith('PROVIDER_')) return toUsable(chosen);
      throw error;
    }
  }

  /** It is over, and the last try failed or the provider takes none yet. */
  function failUntil(account: ConnectedAccount, at: number): never {
    const problem = account.lastError ? problemOf[account.lastError.code] : 'PROVIDER_UNAVAILABLE';
    return failFor(account, problem, { waitMs: at - clock.now(), detail: 'not tried: it is not to be renewed yet' });
  }

  async function toUsable({ account, tokens: row }: AccountForUse): Promise<UsableToken> {
    const { accessToken, refreshToken, version } = await tokens.open(row);
    return { account, version, accessToken, refreshToken };
  }
}

function chooseOne(
  found: readonly AccountForUse[],
  { providerId, accountId }: { providerId: string; accountId: string | null },
): AccountForUse {
  const [first, ...others] = found;
  if (first && others.length === 0) return first;
  if (first) {
    const accountIds = found.map(({ account }) => account.id);
    return fail('AMBIGUOUS_ACCOUNT', { provider: providerId, accountIds });
  }
  if (accountId !== null) return fail('ACCOUNT_NOT_FOUND', { accountId });
  return fail('NOT_CONNECTED', { provider: providerId });
}

function keyOf(account: ConnectedAccount): AccountKey & { readonly providerId: string } {
  return { userId: account.userId, providerId: account.providerId, accountId: account.id };
}

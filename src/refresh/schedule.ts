/** The one place that knows what of a provider, of what an admin set, and of an account's row goes into its plan. Called by
 *  fresh-token.ts, by every writer of such a row in the same transaction, and by who shows or wakes an account.
 *  Must never fail for an account whose provider was taken away: nothing is planned for it. */
import type { AccountForUse } from '../accounts/account-facts.js';
import type { ConnectedAccount } from '../accounts/connected-account.js';
import type { Clock } from '../clock.js';
import { Fault } from '../errors.js';
import { barePolicy } from '../providers/bare-policy.js';
import type { Catalogue, Provider, RefreshPolicy } from '../providers/provider.js';
import { remainingBackoff } from './backoff.js';
import { effectivePolicy } from './effective-policy.js';
import { isActive, plan, type Plan, type PlannedTokens } from './plan.js';
import { spreadOf } from './spread.js';

export interface PlannedPair {
  readonly version: number;
  readonly hasRefreshToken: boolean;
}

/** An account as it stands, or as a transaction is about to leave it. */
export interface PlannedAccount extends PlannedPair {
  readonly account: PlannedFacts;
}

type GrantFacts = Pick<
  ConnectedAccount,
  'id' | 'providerId' | 'expiresAt' | 'refreshTokenExpiresAt' | 'policyOverride'
>;

type PlannedFacts = GrantFacts &
  Pick<
    ConnectedAccount,
    | 'status'
    | 'retryAt'
    | 'backoffMs'
    | 'tokensIssuedAt'
    | 'connectedAt'
    | 'lastRefreshedAt'
    | 'lastActiveAt'
    | 'lastUsedAt'
  >;

export interface RefreshSchedule {
  policyOf(account: Pick<ConnectedAccount, 'providerId' | 'policyOverride'>): RefreshPolicy;
  /** What is to be done for a use of it now. */
  planUse(planned: PlannedAccount): Plan;
  /** What is to be done if nobody uses it. */
  planAhead(planned: PlannedAccount): Plan;
  /** The moment for the row; null for none. */
  nextRefreshAt(planned: PlannedAccount): number | null;
  /** The same for an account whose user is here now. */
  whileActive(planned: PlannedAccount): number | null;
  /** Whether its tokens are left alone since its user is away. */
  isPaused(account: ConnectedAccount): boolean;
  /** What people are told: the row's moment, unless the account has been paused since that was written. */
  dueAt(account: ConnectedAccount): number | null;
  /** The moment for an account whose user consents now. */
  afterConsent(granted: PlannedPair & { readonly account: GrantFacts }): number | null;
}

export interface RefreshScheduleParts {
  readonly catalogue: Catalogue;
  readonly clock: Clock;
}

export function createRefreshSchedule({ catalogue, clock }: RefreshScheduleParts): RefreshSchedule {
  const planFor = (planned: PlannedAccount, isUse: boolean): Plan => {
    const { account } = planned;
    const activity = { lastActiveAt: lastActiveAt(account), isUse };
    return plan(policyOf(account), tokensOf(planned), activity, clock.now());
  };
  const planAhead: RefreshSchedule['planAhead'] = (planned) => planFor(planned, false);
  const nextRefreshAt: RefreshSchedule['nextRefreshAt'] = (planned) => {
    const ahead = planAhead(planned);
    return ahead.do === 'refresh-at' ? ahead.at : null;
  };

  return {
    policyOf,
    planUse: (planned) => planFor(planned, true),
    planAhead,
    nextRefreshAt,
    whileActive: ({ account, ...pair }) =>
      nextRefreshAt({ ...pair, account: { ...account, lastActiveAt: clock.now() } }),
    isPaused,
    dueAt(account) {
      if (account.nextRefreshAt === null || !isPaused(account)) return account.nextRefreshAt;
      // What keeps the grant alive goes on; the version would only place it within the jitter.
      return nextRefreshAt({ account, version: 0, hasRefreshToken: true });
    },
    afterConsent({ account, ...pair }) {
      const now = clock.now();
      const anew = {
        tokensIssuedAt: now,
        connectedAt: now,
        lastActiveAt: now,
        lastRefreshedAt: null,
        lastUsedAt: null,
      };
      return nextRefreshAt({
        ...pair,
        account: { ...account, ...anew, status: 'ACTIVE', retryAt: null, backoffMs: null },
      });
    },
  };

  function isPaused(account: ConnectedAccount): boolean {
    const policy = policyOf(account);
    if (policy.mode !== 'WHEN_ACTIVE' || account.status !== 'ACTIVE') return false;
    return !isActive(policy, { lastActiveAt: lastActiveAt(account) }, clock.now());
  }

  function policyOf({ providerId, policyOverride }: Pick<ConnectedAccount, 'providerId' | 'policyOverride'>) {
    const provider = find(providerId);
    return provider ? effectivePolicy(provider.refreshPolicy, policyOverride) : noPolicy;
  }

  function tokensOf({ account, version, hasRefreshToken }: PlannedAccount): PlannedTokens {
    const { status, expiresAt, refreshTokenExpiresAt } = account;
    return {
      status,
      hasRefreshToken,
      expiresAt,
      issuedAt: account.tokensIssuedAt ?? account.lastRefreshedAt ?? account.connectedAt,
      refreshTokenExpiresAt,
      refreshTokenEnd: find(account.providerId)?.lifetimes.refreshTokenEnd ?? 'fixed',
      retryAt: remainingBackoff(account, clock.now()) > 0 ? account.retryAt : null,
      spread: spreadOf(account.id, version),
    };
  }

  function find(providerId: string): Provider | null {
    try {
      return catalogue.get(providerId);
    } catch (error) {
      if (error instanceof Fault && error.code === 'UNKNOWN_PROVIDER') return null;
      throw error;
    }
  }
}

const noPolicy = barePolicy('NEVER', 'This provider is no longer set up here, so its tokens are not refreshed.');

/** An earlier release noted uses alone. */
function lastActiveAt(account: Pick<ConnectedAccount, 'lastActiveAt' | 'lastUsedAt'>): number | null {
  return account.lastActiveAt ?? account.lastUsedAt;
}

/** An account as it was read. */
export function plannedOf({ account, tokens }: AccountForUse): PlannedPair & Pick<AccountForUse, 'account'> {
  return { account, version: tokens.version, hasRefreshToken: tokens.sealedRefreshToken !== null };
}

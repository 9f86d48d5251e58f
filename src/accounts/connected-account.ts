/** A connected account: one user's grant at one provider, as the rooms above see it. What is derived from it is pure. */
import type { ProviderValues } from '../providers/provider.js';

export type AccountStatus = 'ACTIVE' | 'NEEDS_REAUTHORIZATION';

/** Why the last refresh failed. OUTCOME_UNKNOWN: it was sent, and whether the provider spent the token cannot be known. */
export type RefreshErrorCode =
  | 'INVALID_GRANT'
  | 'INVALID_CLIENT'
  | 'RATE_LIMITED'
  | 'PROVIDER_ERROR'
  | 'TIMED_OUT'
  | 'UNREADABLE_ANSWER'
  | 'OUTCOME_UNKNOWN';

/** All times are epoch milliseconds. */
export interface ConnectedAccount {
  readonly id: string;
  readonly userId: string;
  readonly providerId: string;
  /** The provider's id of this person; null where it gives none. */
  readonly externalId: string | null;
  /** How a person would recognise the account. */
  readonly displayName: string | null;
  readonly status: AccountStatus;
  readonly requestedScopes: readonly string[];
  readonly grantedScopes: readonly string[];
  readonly connectedAt: number;
  /** End of the access token; null where the provider does not say. */
  readonly expiresAt: number | null;
  /** When the refresh token dies if nothing is done; null where nothing is known. */
  readonly refreshTokenExpiresAt: number | null;
  readonly nextRefreshAt: number | null;
  readonly lastRefreshedAt: number | null;
  /** True to the minute: uses are written once a minute at most. */
  readonly lastUsedAt: number | null;
  readonly lastError: { readonly code: RefreshErrorCode; readonly at: number } | null;
  /** Refreshes that failed since the last that worked. */
  readonly consecutiveFailures: number;
  /** When the pair that stands was granted; null for one that an earlier release stored. */
  readonly tokensIssuedAt: number | null;
  /** How long an access token worked before the provider refused it, where the provider does not say; null until then. */
  readonly learnedLifetimeMs: number | null;
  /** The last use, or the last word of the app that its user is here; true to the minute. */
  readonly lastActiveAt: number | null;
  /** No refresh is tried before this moment: the provider asked for patience, or the last try failed. */
  readonly retryAt: number | null;
  /** The pause that `retryAt` came from, from which the next is made; null after a success. */
  readonly backoffMs: number | null;
  /** When the pair that stands was brought because the provider refused the one before with 401; null where it was not. */
  readonly renewedFor401At: number | null;
  /** What an admin set for this account alone, over its provider's policy. */
  readonly policyOverride: PolicyOverride | null;
  /** What fills the placeholders of its provider's addresses; empty where there are none. */
  readonly providerValues: ProviderValues;
  /** The job that wakes this account at `nextRefreshAt`; null where none is known. */
  readonly jobId: string | null;
}

/** Parts of a refresh policy; what is left out is the provider's. */
export interface PolicyOverride {
  readonly mode?: 'SCHEDULED' | 'LAZY' | 'WHEN_ACTIVE' | 'NEVER';
  readonly leadSeconds?: number;
  readonly jitterSeconds?: number;
  readonly idleAfterSeconds?: number;
  readonly keepAliveSeconds?: number;
  /** Why, in the admin's words, for the user to read. */
  readonly reason?: string;
}

/** What was asked for and not granted (RFC 6749 §3.3), in the order in which it was asked for. */
export function missingScopes(account: Pick<ConnectedAccount, 'requestedScopes' | 'grantedScopes'>): string[] {
  return account.requestedScopes.filter((scope) => !account.grantedScopes.includes(scope));
}

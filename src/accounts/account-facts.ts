/** What the account store is asked and told. */
import type { PageRequest } from '../database/page.js';
import type { ProviderValues } from '../providers/provider.js';
import type { TokenSetRow } from '../vault/token-set.entity.js';
import type { AccountStatus, ConnectedAccount, PolicyOverride, RefreshErrorCode } from './connected-account.js';

export interface AccountKey {
  readonly userId: string;
  readonly accountId: string;
}

export interface AccountsAtProvider {
  readonly userId: string;
  readonly providerId: string;
}

export interface AccountForUse {
  readonly account: ConnectedAccount;
  readonly tokens: TokenSetRow;
}

export interface AccountFilter {
  readonly providerId?: string;
  readonly status?: AccountStatus;
}

export interface AccountPageRequest extends PageRequest {
  readonly userId: string;
  readonly filter: AccountFilter;
}

export type NewAccount = Pick<
  ConnectedAccount,
  | 'id'
  | 'userId'
  | 'providerId'
  | 'externalId'
  | 'displayName'
  | 'requestedScopes'
  | 'grantedScopes'
  | 'expiresAt'
  | 'refreshTokenExpiresAt'
  | 'nextRefreshAt'
> &
  Partial<Pick<ConnectedAccount, 'providerValues'>>;

export type ReconnectFacts = Omit<NewAccount, 'id' | 'userId' | 'providerId'> & { readonly accountId: string };

/** What an answer says of the new tokens. */
export interface GrantedFacts {
  readonly expiresAt: number | null;
  readonly refreshTokenExpiresAt: number | null;
  readonly grantedScopes: readonly string[] | null;
  /** All that stand from now on; without them those that stand stay. */
  readonly providerValues?: ProviderValues | null;
  /** Whether the pair before it was refused with 401. */
  readonly isFor401?: boolean;
}

export interface RefreshFacts extends GrantedFacts {
  readonly accountId: string;
  readonly tokensIssuedAt: number;
  readonly learnedLifetimeMs: number | null;
  readonly nextRefreshAt: number | null;
}

export interface PolicyChange {
  readonly accountId: string;
  readonly policyOverride: PolicyOverride | null;
  readonly nextRefreshAt: number | null;
}

/** A user who was away is back: the account is due at another moment. */
export interface Resumption {
  /** The pair that the moment was planned for; where it has been renewed since, the moment stands that came with that. */
  readonly tokensIssuedAt: number | null;
  readonly nextRefreshAt: number | null;
  /** Called once it is written; must not throw. */
  readonly committed: () => void;
}

export interface TooEarly {
  readonly accountId: string;
  readonly expiresAt: number | null;
  readonly backoffMs: number;
  readonly nextRefreshAt: number | null;
  /** Whether the token was refused with 401. */
  readonly isFor401: boolean;
}

export interface RefreshFailure {
  readonly accountId: string;
  readonly code: RefreshErrorCode;
  /** What becomes of the status. */
  readonly status: 'KEEP' | 'NEEDS_REAUTHORIZATION';
  /** How long no other try is made; null where only a new consent helps. */
  readonly backoffMs: number | null;
  readonly nextRefreshAt: number | null;
}

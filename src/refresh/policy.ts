/** Decides what to do with an account's access token when somebody wants to use it. Pure; called by fresh-token.ts.
 *  Must never ask the user while a token that still lives, or one that can be renewed, would do. */
import type { AccountStatus } from '../accounts/connected-account.js';
import type { RefreshPolicy } from '../providers/provider.js';

export interface UseFacts {
  readonly policy: RefreshPolicy;
  readonly status: AccountStatus;
  /** End of the access token, epoch milliseconds; null where the provider does not say. */
  readonly expiresAt: number | null;
  readonly hasRefreshToken: boolean;
  readonly now: number;
}

export type UsePlan =
  | { readonly do: 'use' }
  /** Renew it first; the caller waits. */
  | { readonly do: 'refresh' }
  /** Only a new consent helps. */
  | { readonly do: 'ask-user' };

/** A token that ends while the call is on its way would be refused: in its last seconds it counts as over. */
const SKEW_MS = 5_000;

export function planUse({ policy, status, expiresAt, hasRefreshToken, now }: UseFacts): UsePlan {
  if (status === 'NEEDS_REAUTHORIZATION') return { do: 'ask-user' };
  // Without a known end, or where tokens do not end, only the provider's 401 says that one is over.
  if (policy.mode === 'NEVER' || expiresAt === null) return { do: 'use' };
  if (now < expiresAt - SKEW_MS) return { do: 'use' };
  if (hasRefreshToken) return { do: 'refresh' };
  return now < expiresAt ? { do: 'use' } : { do: 'ask-user' };
}

/** EXPIRED: the access token is over. REFUSED: the provider answered 401 to it. ASKED: a person wants a new one. */
export type RefreshReason = 'EXPIRED' | 'REFUSED' | 'ASKED';

/** Decides what to do with an account's access token when somebody wants to use it, and whether a refresh token that may
 *  have been spent is sent again. Pure; called by fresh-token.ts and refresh-account.ts.
 *  Must never ask the user while a token that still lives, or one that can be renewed, would do. */
import type { AccountStatus } from '../accounts/connected-account.js';
import type { Rotation } from '../providers/dialect.js';
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

export interface PostFacts {
  readonly replay: Rotation['replay'];
  /** Whether this refresh token was sent before and nobody knows what became of it. */
  readonly isEarlierTryOpen: boolean;
  readonly reason: RefreshReason;
  /** End of the access token, epoch milliseconds; null where the provider does not say. */
  readonly expiresAt: number | null;
  readonly now: number;
}

/** Whether the refresh token may be sent now. */
export function planPost({ replay, isEarlierTryOpen, reason, expiresAt, now }: PostFacts): 'post' | 'hold-off' {
  if (!isEarlierTryOpen) return 'post';
  switch (replay) {
    case 'stable': // never spent
    case 'grace': // may be sent again for a while, and that while runs out
    case 'untilFirstUse': // a new access token whose answer was lost was used by nobody
      return 'post';
    case 'revokes':
      // RFC 9700 §4.14.2: a refresh token that is sent twice may end the whole grant, and the access token that lives with
      // it. So that one is used up first.
      return isAlive({ reason, expiresAt, now }) ? 'hold-off' : 'post';
    default:
      return replay satisfies never;
  }
}

function isAlive({ reason, expiresAt, now }: Pick<PostFacts, 'reason' | 'expiresAt' | 'now'>): boolean {
  return reason !== 'REFUSED' && (expiresAt === null || now < expiresAt);
}

/** Decides what the answer to a refresh means: what to store, or what to note and whom to tell. Pure; called by
 *  refresh-account.ts, which acts on it.
 *  Must never ask the user to reconnect for a fault of the provider or of our registration there. */
import type { RefreshFacts, RefreshFailure } from '../accounts/account-facts.js';
import type { ConnectedAccount, RefreshErrorCode } from '../accounts/connected-account.js';
import type { ProblemCode } from '../errors.js';
import type { RefreshOutcome } from '../oauth/refresh-grant.js';
import type { TokenAnswer } from '../oauth/token-answer.js';
import type { TokenPair } from '../vault/token-store.js';

export type Verdict = Stored | Reported;

export interface Stored {
  readonly do: 'store';
  readonly pair: TokenPair;
  readonly facts: Omit<RefreshFacts, 'accountId'>;
}

export interface Reported {
  readonly do: 'report';
  readonly failure: Omit<RefreshFailure, 'accountId'>;
  /** Whether this refresh token may have been spent, by this try or one before it, and nobody knows. */
  readonly end: 'SETTLED' | 'OPEN';
  /** What the caller who waits is told. */
  readonly problem: ProblemCode;
  /** How long this account is not tried again; 0 where the provider asks for no patience. */
  readonly waitMs: number;
}

interface KnownAccount extends Pick<ConnectedAccount, 'refreshTokenExpiresAt'> {
  /** Whether the same refresh token was sent before and nobody knows what became of it. */
  readonly isEarlierTryOpen: boolean;
}

type Failed = Extract<RefreshOutcome, { kind: 'failed' }>;

/** Where a provider asks for fewer calls and does not say for how long. */
const UNTOLD_WAIT_SECONDS = 30;

export function judgeOutcome(outcome: RefreshOutcome, account: KnownAccount): Verdict {
  if (outcome.kind === 'granted') return storable(outcome.answer, account);
  const { code } = outcome;
  const untold = code === 'RATE_LIMITED' ? UNTOLD_WAIT_SECONDS : 0;
  return {
    do: 'report',
    // Only the provider's own word that the grant is over asks the user.
    failure: { code: blame(code, account), status: code === 'INVALID_GRANT' ? 'NEEDS_REAUTHORIZATION' : 'KEEP' },
    end: isOpen(outcome, account) ? 'OPEN' : 'SETTLED',
    problem: problemOf[code],
    waitMs: (outcome.retryAfterSeconds ?? untold) * 1000,
  };
}

function storable(answer: TokenAnswer, account: KnownAccount): Stored {
  // RFC 6749 §6: a new refresh token replaces the old one; where none came the old one, and its end, stay.
  const keepsEnd = answer.refreshToken === null || answer.keepsRefreshTokenEnd === true;
  const keptEnd = keepsEnd ? account.refreshTokenExpiresAt : null;
  return {
    do: 'store',
    pair: { accessToken: answer.accessToken, refreshToken: answer.refreshToken },
    facts: {
      expiresAt: answer.expiresAt,
      refreshTokenExpiresAt: answer.refreshTokenExpiresAt ?? keptEnd,
      // RFC 6749 §5.1: no scope in the answer means that nothing changed; a scope that was lost stays lost.
      grantedScopes: answer.grantedScopes,
    },
  };
}

/** A refusal that follows a try of unknown end is that try's doing: the provider spent the token and we never saw the
 *  answer. The user must consent again all the same, and can read why. */
function blame(code: RefreshErrorCode, { isEarlierTryOpen }: KnownAccount): RefreshErrorCode {
  return code === 'INVALID_GRANT' && isEarlierTryOpen ? 'OUTCOME_UNKNOWN' : code;
}

/** An outage in between tells nothing of the try before it; only the provider's word on this very token does. */
function isOpen({ code, spent }: Failed, { isEarlierTryOpen }: KnownAccount): boolean {
  return code !== 'INVALID_GRANT' && (spent === 'unknown' || isEarlierTryOpen);
}

/** Whom it concerns: the user (a new consent), the operator (our registration, or an address that is no token endpoint),
 *  or nobody (later will do). */
export const problemOf: Readonly<Record<RefreshErrorCode, ProblemCode>> = {
  INVALID_GRANT: 'REAUTHORIZATION_REQUIRED',
  INVALID_CLIENT: 'PROVIDER_MISCONFIGURED',
  UNREADABLE_ANSWER: 'PROVIDER_MISCONFIGURED',
  RATE_LIMITED: 'PROVIDER_RATE_LIMITED',
  PROVIDER_ERROR: 'PROVIDER_UNAVAILABLE',
  TIMED_OUT: 'PROVIDER_UNAVAILABLE',
  OUTCOME_UNKNOWN: 'PROVIDER_UNAVAILABLE',
};

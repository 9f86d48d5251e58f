/** Decides what the answer to a refresh means: what to store, or what to note and whom to tell. Pure; called by
 *  refresh-account.ts, which acts on it.
 *  Must never ask the user to reconnect for a fault of the provider or of our registration there. */
import type { GrantedFacts, RefreshFailure } from '../accounts/account-facts.js';
import type { ConnectedAccount, RefreshErrorCode } from '../accounts/connected-account.js';
import type { ProblemCode } from '../errors.js';
import type { RefreshOutcome } from '../oauth/refresh-grant.js';
import type { TokenAnswer } from '../oauth/token-answer.js';
import type { TokenPair } from '../vault/token-store.js';
import { nextBackoff } from './backoff.js';
import { faultClasses, heldRefusal } from './fault-classes.js';

export type Verdict = Stored | Reported;

export interface Stored {
  readonly do: 'store';
  readonly pair: TokenPair;
  readonly facts: GrantedFacts;
}

export interface Reported {
  readonly do: 'report';
  readonly failure: Omit<RefreshFailure, 'accountId' | 'nextRefreshAt'>;
  /** Whether this refresh token may have been spent, by this try or one before it, and nobody knows. */
  readonly end: 'SETTLED' | 'OPEN';
  /** What the caller who waits is told. */
  readonly problem: ProblemCode;
}

interface KnownAccount extends Pick<ConnectedAccount, 'refreshTokenExpiresAt' | 'backoffMs'> {
  /** Whether the same refresh token was sent before and nobody knows what became of it. */
  readonly isEarlierTryOpen: boolean;
  /** Whether so many grants are refused at once that none of it is believed (provider-health.ts). */
  readonly areRefusalsHeld: boolean;
}

type Failed = Extract<RefreshOutcome, { kind: 'failed' }>;

export function judgeOutcome(outcome: RefreshOutcome, account: KnownAccount, random: () => number): Verdict {
  if (outcome.kind === 'granted') return storable(outcome.answer, account);
  const { cause, code, retryAfterSeconds } = outcome;
  const isHeld = cause === 'GRANT_REFUSED' && account.areRefusalsHeld;
  const { backoff: range, problem } = isHeld ? heldRefusal : faultClasses[cause];
  const previousMs = account.backoffMs;
  const backoffMs = range && nextBackoff({ range, previousMs, retryAfterSeconds, random });
  return {
    do: 'report',
    // Only the provider's own word that the grant is over asks the user.
    failure: {
      code: isHeld ? 'PROVIDER_ERROR' : blame(code, account),
      status: range === null ? 'NEEDS_REAUTHORIZATION' : 'KEEP',
      backoffMs,
    },
    end: isOpen(outcome, account) ? 'OPEN' : 'SETTLED',
    problem,
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
      providerValues: answer.providerValues ?? null,
    },
  };
}

/** A refusal that follows a try of unknown end is that try's doing: the provider spent the token and we never saw the
 *  answer. The user must consent again all the same, and can read why. */
function blame(code: RefreshErrorCode, { isEarlierTryOpen }: KnownAccount): RefreshErrorCode {
  return code === 'INVALID_GRANT' && isEarlierTryOpen ? 'OUTCOME_UNKNOWN' : code;
}

/** An outage in between tells nothing of the try before it; only the provider's word on this very token does. */
function isOpen({ code, spent }: Failed, { isEarlierTryOpen, areRefusalsHeld }: KnownAccount): boolean {
  const isSaid = code === 'INVALID_GRANT' && !areRefusalsHeld;
  return !isSaid && (spent === 'unknown' || isEarlierTryOpen);
}

import { describe, expect, it } from 'vitest';
import type { RefreshErrorCode } from '../../src/accounts/connected-account.js';
import type { FailureCause } from '../../src/oauth/token-failure.js';
import type { TokenAnswer } from '../../src/oauth/token-answer.js';
import { judgeOutcome } from '../../src/refresh/outcome.js';
import { Secret } from '../../src/secret.js';

const account = { refreshTokenExpiresAt: 5_000, backoffMs: null, isEarlierTryOpen: false, areRefusalsHeld: false };
type Known = Parameters<typeof judgeOutcome>[1];
const afterUnknown = { ...account, isEarlierTryOpen: true };

const answer: TokenAnswer = {
  accessToken: Secret.of('at-2'),
  refreshToken: Secret.of('rt-2'),
  expiresAt: 1_000,
  refreshTokenExpiresAt: null,
  grantedScopes: null,
  subject: null,
};
const shortest = () => 0;
const grant = (members: Partial<TokenAnswer> = {}) =>
  judgeOutcome({ kind: 'granted', answer: { ...answer, ...members } }, account, shortest);
const codeOf = {
  GRANT_REFUSED: 'INVALID_GRANT',
  CLIENT_REFUSED: 'INVALID_CLIENT',
  REQUEST_REFUSED: 'PROVIDER_ERROR',
  RATE_LIMITED: 'RATE_LIMITED',
  OUTAGE: 'PROVIDER_ERROR',
  NO_ANSWER: 'TIMED_OUT',
  UNREADABLE: 'UNREADABLE_ANSWER',
  PAGE_FOR_PEOPLE: 'UNREADABLE_ANSWER',
  WRONG_ENDPOINT: 'UNREADABLE_ANSWER',
} as const satisfies Record<FailureCause, RefreshErrorCode>;
const failWith = (cause: FailureCause, known: Known = account, retryAfterSeconds: number | null = null) => {
  const failed = { kind: 'failed', code: codeOf[cause], cause, retryAfterSeconds, spent: 'no', why: '' } as const;
  return judgeOutcome(failed, known, shortest);
};

describe('an answer with tokens', () => {
  it('is stored as it came', () => {
    const { accessToken, refreshToken } = answer;
    expect(grant()).toEqual({
      do: 'store',
      pair: { accessToken, refreshToken },
      facts: { expiresAt: 1_000, refreshTokenExpiresAt: null, grantedScopes: null, providerValues: null },
    });
  });

  it('without a refresh token keeps the old one’s end', () => {
    expect(grant({ refreshToken: null })).toMatchObject({
      pair: { refreshToken: null },
      facts: { refreshTokenExpiresAt: 5_000 },
    });
  });

  it('with a new refresh token of unknown end does not keep the old one’s end', () => {
    expect(grant()).toMatchObject({ facts: { refreshTokenExpiresAt: null } });
  });

  it('that gives the old refresh token a new end moves the end', () => {
    expect(grant({ refreshToken: null, refreshTokenExpiresAt: 9_000 })).toMatchObject({
      facts: { refreshTokenExpiresAt: 9_000 },
    });
  });
});

describe('a failure', () => {
  it.each([
    ['GRANT_REFUSED', 'NEEDS_REAUTHORIZATION', 'REAUTHORIZATION_REQUIRED', null],
    ['CLIENT_REFUSED', 'KEEP', 'PROVIDER_MISCONFIGURED', 30_000],
    ['PAGE_FOR_PEOPLE', 'KEEP', 'PROVIDER_MISCONFIGURED', 30_000],
    ['WRONG_ENDPOINT', 'KEEP', 'PROVIDER_MISCONFIGURED', 30_000],
    ['RATE_LIMITED', 'KEEP', 'PROVIDER_RATE_LIMITED', 30_000],
    ['REQUEST_REFUSED', 'KEEP', 'PROVIDER_UNAVAILABLE', 60_000],
    ['OUTAGE', 'KEEP', 'PROVIDER_UNAVAILABLE', 1_000],
    ['NO_ANSWER', 'KEEP', 'PROVIDER_UNAVAILABLE', 1_000],
    ['UNREADABLE', 'KEEP', 'PROVIDER_UNAVAILABLE', 1_000],
  ] as const)('%s makes the status %s, tells %s, and pauses for %s ms', (cause, status, problem, backoffMs) => {
    expect(failWith(cause)).toMatchObject({
      do: 'report',
      failure: { code: codeOf[cause], status, backoffMs },
      problem,
    });
  });

  it('of a grant that is not believed leaves the account as it is, and what is known of its tokens', () => {
    const held = { ...account, areRefusalsHeld: true };
    expect(failWith('GRANT_REFUSED', held)).toMatchObject({
      failure: { code: 'PROVIDER_ERROR', status: 'KEEP', backoffMs: 30_000 },
      end: 'SETTLED',
      problem: 'PROVIDER_UNAVAILABLE',
    });
    expect(failWith('GRANT_REFUSED', { ...held, isEarlierTryOpen: true })).toMatchObject({ end: 'OPEN' });
  });

  it('of a grant after a try of unknown end is OUTCOME_UNKNOWN, and still asks the user', () => {
    expect(failWith('GRANT_REFUSED', afterUnknown)).toMatchObject({
      failure: { code: 'OUTCOME_UNKNOWN', status: 'NEEDS_REAUTHORIZATION' },
      problem: 'REAUTHORIZATION_REQUIRED',
    });
  });

  it('of a grant whose earlier tries are all known is the grant’s own', () => {
    expect(failWith('GRANT_REFUSED')).toMatchObject({ failure: { code: 'INVALID_GRANT' } });
  });

  it('is settled where the token was not spent, or the provider has said so itself', () => {
    expect(failWith('OUTAGE')).toMatchObject({ end: 'SETTLED' });
    expect(failWith('GRANT_REFUSED', afterUnknown)).toMatchObject({ end: 'SETTLED' });
  });

  it('stays open where the token may be spent, and an outage after that settles nothing', () => {
    const cut = {
      kind: 'failed',
      code: 'TIMED_OUT',
      cause: 'NO_ANSWER',
      retryAfterSeconds: null,
      spent: 'unknown',
      why: '',
    } as const;
    expect(judgeOutcome(cut, account, shortest)).toMatchObject({ end: 'OPEN' });
    expect(failWith('OUTAGE', afterUnknown)).toMatchObject({ end: 'OPEN' });
  });

  it('pauses for as long as the provider says, and never for less than the class has', () => {
    expect(failWith('RATE_LIMITED', account, 120)).toMatchObject({ failure: { backoffMs: 120_000 } });
    expect(failWith('RATE_LIMITED', account, 0)).toMatchObject({ failure: { backoffMs: 30_000 } });
    expect(failWith('OUTAGE', account, 60)).toMatchObject({ failure: { backoffMs: 60_000 } });
  });
});

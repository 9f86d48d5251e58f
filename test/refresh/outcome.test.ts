import { describe, expect, it } from 'vitest';
import type { RefreshErrorCode } from '../../src/accounts/connected-account.js';
import type { TokenAnswer } from '../../src/oauth/token-answer.js';
import { judgeOutcome } from '../../src/refresh/outcome.js';
import { Secret } from '../../src/secret.js';

const account = { refreshTokenExpiresAt: 5_000, isEarlierTryOpen: false };
const afterUnknown = { ...account, isEarlierTryOpen: true };

const answer: TokenAnswer = {
  accessToken: Secret.of('at-2'),
  refreshToken: Secret.of('rt-2'),
  expiresAt: 1_000,
  refreshTokenExpiresAt: null,
  grantedScopes: null,
  subject: null,
};
const grant = (members: Partial<TokenAnswer> = {}) =>
  judgeOutcome({ kind: 'granted', answer: { ...answer, ...members } }, account);
const failWith = (code: RefreshErrorCode, known = account, retryAfterSeconds: number | null = null) =>
  judgeOutcome({ kind: 'failed', code, retryAfterSeconds, spent: 'no', why: '' }, known);

describe('an answer with tokens', () => {
  it('is stored as it came', () => {
    const { accessToken, refreshToken } = answer;
    expect(grant()).toEqual({
      do: 'store',
      pair: { accessToken, refreshToken },
      facts: { expiresAt: 1_000, refreshTokenExpiresAt: null, grantedScopes: null },
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
    ['INVALID_GRANT', 'NEEDS_REAUTHORIZATION', 'REAUTHORIZATION_REQUIRED'],
    ['INVALID_CLIENT', 'KEEP', 'PROVIDER_MISCONFIGURED'],
    ['UNREADABLE_ANSWER', 'KEEP', 'PROVIDER_MISCONFIGURED'],
    ['RATE_LIMITED', 'KEEP', 'PROVIDER_RATE_LIMITED'],
    ['PROVIDER_ERROR', 'KEEP', 'PROVIDER_UNAVAILABLE'],
    ['TIMED_OUT', 'KEEP', 'PROVIDER_UNAVAILABLE'],
    ['OUTCOME_UNKNOWN', 'KEEP', 'PROVIDER_UNAVAILABLE'],
  ] as const)('%s makes the status %s and tells %s', (code, status, problem) => {
    expect(failWith(code)).toMatchObject({ do: 'report', failure: { code, status }, problem });
  });

  it('of a grant after a try of unknown end is OUTCOME_UNKNOWN, and still asks the user', () => {
    expect(failWith('INVALID_GRANT', afterUnknown)).toMatchObject({
      failure: { code: 'OUTCOME_UNKNOWN', status: 'NEEDS_REAUTHORIZATION' },
      problem: 'REAUTHORIZATION_REQUIRED',
    });
  });

  it('of a grant whose earlier tries are all known is the grant’s own', () => {
    expect(failWith('INVALID_GRANT')).toMatchObject({ failure: { code: 'INVALID_GRANT' } });
  });

  it('is settled where the token was not spent, or the provider has said so itself', () => {
    expect(failWith('PROVIDER_ERROR')).toMatchObject({ end: 'SETTLED' });
    expect(failWith('INVALID_GRANT', afterUnknown)).toMatchObject({ end: 'SETTLED' });
  });

  it('stays open where the token may be spent, and an outage after that settles nothing', () => {
    const cut = { kind: 'failed', code: 'TIMED_OUT', retryAfterSeconds: null, spent: 'unknown', why: '' } as const;
    expect(judgeOutcome(cut, account)).toMatchObject({ end: 'OPEN' });
    expect(failWith('PROVIDER_ERROR', afterUnknown)).toMatchObject({ end: 'OPEN' });
  });

  it('waits for as long as the provider says, and half a minute where it says only "too many"', () => {
    expect(failWith('RATE_LIMITED', account, 120)).toMatchObject({ waitMs: 120_000 });
    expect(failWith('RATE_LIMITED')).toMatchObject({ waitMs: 30_000 });
    expect(failWith('RATE_LIMITED', account, 0)).toMatchObject({ waitMs: 0 });
    expect(failWith('PROVIDER_ERROR', account, 60)).toMatchObject({ waitMs: 60_000 });
    expect(failWith('PROVIDER_ERROR')).toMatchObject({ waitMs: 0 });
  });
});

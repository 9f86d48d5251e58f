import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConnectedAccount } from '../../src/accounts/connected-account.js';
import { watchReads } from '../support/test-database.js';
import { LIFETIME_MS, openRefreshStage, type RefreshStage } from './refresh-stage.js';

let stage: RefreshStage;
let account: ConnectedAccount;

beforeEach(async () => {
  stage = await openRefreshStage();
  account = await stage.connect();
});
afterEach(() => stage.close());

const use = (accountId: string | null = null) =>
  stage.freshTokens.use({ userId: 'anna', providerId: 'test', accountId });
const refreshNow = (accountId = account.id) => stage.freshTokens.refreshNow({ userId: 'anna', accountId });
const pass = (ms: number): void => stage.clock.advance(ms);
const twenty = <T>(work: () => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: 20 }, work));

describe('a token that lives', () => {
  it('costs one statement, no write and no call to the provider', async () => {
    await use();
    const [statements, writes, requests] = [watchReads(stage.database), stage.writes(), stage.oidc.requests.length];
    const token = await use();
    expect(token).toMatchObject({ version: 1, account: { id: account.id } });
    expect(statements).toHaveLength(1);
    expect(stage.writes()).toBe(writes);
    expect(stage.oidc.requests).toHaveLength(requests);
  });

  it('is given out at once in its last minute, and renewed behind that, once for twenty', async () => {
    pass(LIFETIME_MS - 60_001);
    await use();
    await stage.refreshAccount.settled();
    expect(stage.posts()).toBe(0);
    pass(1);
    const answer = stage.oidc.hold('token');
    const tokens = await twenty(use);
    expect(new Set(tokens.map(({ version }) => version))).toEqual(new Set([1]));
    await answer.arrived;
    answer.release();
    await stage.refreshAccount.settled();
    expect(await stage.version(account)).toBe(2);
    expect(stage.posts()).toBe(1);
  });

  it('is renewed before it is given out in its last five seconds', async () => {
    pass(LIFETIME_MS - 5_000);
    expect((await use()).version).toBe(2);
    expect(stage.posts()).toBe(1);
  });

  it('is given out though its renewal behind fails, and nobody hears of that but the account', async () => {
    pass(LIFETIME_MS - 60_000);
    stage.oidc.interfere('token', { status: 503 });
    expect((await use()).version).toBe(1);
    await stage.refreshAccount.settled();
    expect(await stage.look(account)).toMatchObject({ status: 'ACTIVE', consecutiveFailures: 1 });
  });

  it('is not hurt by a provider that is down, not even in its last seconds', async () => {
    pass(LIFETIME_MS - 3_000);
    stage.oidc.interfere('token', { status: 503 });
    expect((await use()).version).toBe(1);
  });

  it('survives a refresh that a person asked for and that failed', async () => {
    stage.oidc.interfere('token', { status: 503 });
    await expect(refreshNow()).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
    expect(await use()).toMatchObject({ version: 1, account: { status: 'ACTIVE', consecutiveFailures: 1 } });
  });
});

describe('a token that is over', () => {
  it('is renewed in the foreground, once for twenty who wait together', async () => {
    pass(LIFETIME_MS);
    const tokens = await twenty(use);
    expect(new Set(tokens.map(({ version }) => version))).toEqual(new Set([2]));
    expect(new Set(tokens.map(({ accessToken }) => accessToken.digest())).size).toBe(1);
    expect(stage.posts()).toBe(1);
  });

  it('is renewed again and again where each refresh token works once', async () => {
    for (let round = 2; round < 8; round += 1) {
      pass(LIFETIME_MS);
      expect((await use()).version).toBe(round);
    }
    expect(stage.posts()).toBe(6);
  });

  it('leaves an account that is fresh and without faults', async () => {
    stage.oidc.interfere('token', { status: 503 });
    pass(LIFETIME_MS);
    await expect(use()).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE', facts: { retryAfterSeconds: 1 } });
    pass(1_000);
    const { account: renewed } = await use();
    expect(renewed).toMatchObject({ status: 'ACTIVE', lastError: null, consecutiveFailures: 0 });
    expect(renewed).toMatchObject({
      expiresAt: stage.clock.now() + LIFETIME_MS,
      lastRefreshedAt: stage.clock.now(),
    });
  });

  it('is renewed to the end for a caller who has gone away', async () => {
    pass(LIFETIME_MS);
    const { arrived, release } = stage.oidc.hold('token');
    const gone = use();
    await arrived; // the request of the caller is cut here: nobody waits any more
    release();
    await stage.refreshAccount.settled();
    expect(await stage.version(account)).toBe(2);
    await gone;
  });

  it('and cannot be renewed asks the user, and the account says so once', async () => {
    await dropRefreshToken();
    pass(LIFETIME_MS);
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => use()));
    for (const result of results) expect(result).toMatchObject({ reason: { code: 'REAUTHORIZATION_REQUIRED' } });
    expect(await stage.look(account)).toMatchObject({ status: 'NEEDS_REAUTHORIZATION', consecutiveFailures: 1 });
    expect(stage.posts()).toBe(0);
  });
});

describe('choosing the account', () => {
  it('of a user who has none is NOT_CONNECTED', async () => {
    const stranger = { userId: 'bert', providerId: 'test', accountId: null };
    await expect(stage.freshTokens.use(stranger)).rejects.toMatchObject({ code: 'NOT_CONNECTED' });
  });

  it('between two is left to the caller, and either can be named', async () => {
    pass(1); // the choice is told oldest first
    const second = await stage.connect({ login: 'anna.work' });
    await expect(use()).rejects.toMatchObject({
      code: 'AMBIGUOUS_ACCOUNT',
      facts: { accountIds: [account.id, second.id] },
    });
    expect((await use(second.id)).account.id).toBe(second.id);
  });

  it('of another user, or of nobody, is the same ACCOUNT_NOT_FOUND', async () => {
    const berts = await stage.connect({ login: 'bert', userId: 'bert' });
    const refusals = await Promise.allSettled([
      use(berts.id),
      use('acc_nobody'),
      refreshNow(berts.id),
      refreshNow('x'),
    ]);
    for (const refusal of refusals) expect(refusal).toMatchObject({ reason: { code: 'ACCOUNT_NOT_FOUND' } });
    expect(stage.posts()).toBe(0);
  });

  it('at a provider that is not set up is UNKNOWN_PROVIDER', async () => {
    const nowhere = { userId: 'anna', providerId: 'nowhere', accountId: null };
    await expect(stage.freshTokens.use(nowhere)).rejects.toMatchObject({ code: 'UNKNOWN_PROVIDER' });
  });
});

describe('a 401', () => {
  it('that twenty callers meet together is one refresh', async () => {
    const used = await twenty(use);
    const renewed = await Promise.all(used.map((token) => stage.freshTokens.afterRefusal(token)));
    expect(new Set(renewed.map(({ version }) => version))).toEqual(new Set([2]));
    expect(stage.posts()).toBe(1);
  });

  it('of a version that somebody has renewed is answered with the newer one, without a refresh', async () => {
    const early = await use();
    await refreshNow();
    expect(stage.posts()).toBe(1);
    expect((await stage.freshTokens.afterRefusal(early)).version).toBe(2);
    expect(stage.posts()).toBe(0);
  });

  it('for ever is one refresh and no loop, until five minutes have passed', async () => {
    const second = await stage.freshTokens.afterRefusal(await use());
    const refusals = await Promise.allSettled(Array.from({ length: 20 }, () => stage.freshTokens.afterRefusal(second)));
    for (const refusal of refusals) expect(refusal).toMatchObject({ reason: { code: 'PROVIDER_UNAVAILABLE' } });
    expect(stage.posts()).toBe(1);
    pass(5 * 60_000);
    expect((await stage.freshTokens.afterRefusal(second)).version).toBe(3);
    expect(await stage.look(account)).toMatchObject({ status: 'ACTIVE' });
  });

  it('of an account without a refresh token asks the user, but the account is not written off for it', async () => {
    await dropRefreshToken();
    await expect(stage.freshTokens.afterRefusal(await use())).rejects.toMatchObject({
      code: 'REAUTHORIZATION_REQUIRED',
      facts: { accountId: account.id },
    });
    expect(await stage.look(account)).toMatchObject({ status: 'ACTIVE', lastError: null });
  });
});

describe('a refresh that a person asks for', () => {
  it('of an account without a refresh token says that, and leaves the account as it is', async () => {
    await dropRefreshToken();
    await expect(refreshNow()).rejects.toMatchObject({
      code: 'REAUTHORIZATION_REQUIRED',
      message: expect.stringContaining('gave no refresh token'),
    });
    expect(await stage.look(account)).toMatchObject({ status: 'ACTIVE', lastError: null });
    expect((await use()).version).toBe(1);
  });

  it('renews a token that lives', async () => {
    pass(1_000);
    expect(await refreshNow()).toMatchObject({ id: account.id, lastRefreshedAt: stage.clock.now() });
    expect(await stage.version(account)).toBe(2);
  });

  it('twenty times at once is one post', async () => {
    await twenty(() => refreshNow());
    expect(stage.posts()).toBe(1);
  });
});

/** An answer without a refresh token, at a provider that never gives one, in three lines of SQL. */
async function dropRefreshToken(): Promise<void> {
  await stage.database.write((transaction) =>
    transaction.query('UPDATE token_set SET sealed_refresh_token = NULL, refresh_token_fingerprint = NULL'),
  );
}

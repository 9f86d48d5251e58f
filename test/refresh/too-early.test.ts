import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ConnectedAccount } from '../../src/accounts/connected-account.js';
import { barePolicy } from '../../src/providers/bare-policy.js';
import { LIFETIME_MS, openRefreshStage, type RefreshStage } from './refresh-stage.js';

let stage: RefreshStage;
let account: ConnectedAccount;

beforeEach(async () => {
  const refreshPolicy = { ...barePolicy('SCHEDULED'), sameTokenMeansTooEarly: true };
  stage = await openRefreshStage({ provider: () => ({ refreshPolicy }) });
  account = await stage.connect();
});
afterEach(() => stage.close());

const use = () => stage.freshTokens.use({ userId: 'anna', providerId: 'test', accountId: null });
const refreshNow = () => stage.freshTokens.refreshNow({ userId: 'anna', accountId: account.id });

async function answerWithTheSame(more: object = {}): Promise<void> {
  const { accessToken } = await use();
  const body = { access_token: accessToken.expose(), token_type: 'Bearer', expires_in: 600, ...more };
  const headers = { 'content-type': 'application/json' };
  stage.oidc.interfere('token', { status: 200, headers, body: JSON.stringify(body) });
}

it('an answer with the token that stands is no new version, no error, and asked again later', async () => {
  stage.clock.advance(100_000);
  await answerWithTheSame();
  await refreshNow();
  expect(await stage.version(account)).toBe(1);
  const retryAt = stage.clock.now() + (account.expiresAt! - stage.clock.now()) / 2;
  expect(await stage.look(account)).toMatchObject({
    expiresAt: account.expiresAt,
    lastRefreshedAt: null,
    lastError: null,
    consecutiveFailures: 0,
    retryAt,
    nextRefreshAt: account.expiresAt! - 60_000,
  });
  const { edges } = await stage.history.page({ accountId: account.id, first: 1, after: null });
  expect(edges[0]?.node).toMatchObject({ outcome: 'TOO_EARLY' });
});

it('where the token was thought to be over, it is used on, and its caller served', async () => {
  await use();
  stage.clock.advance(LIFETIME_MS);
  const same = await stage.tokens.open((await stage.tokens.read(account.id))!);
  const body = { access_token: same.accessToken.expose(), token_type: 'Bearer', expires_in: 300 };
  const headers = { 'content-type': 'application/json' };
  stage.oidc.interfere('token', { status: 200, headers, body: JSON.stringify(body) });
  expect((await use()).version).toBe(1);
  expect((await use()).version).toBe(1);
  expect(stage.posts()).toBe(1);
});

it('a new refresh token that comes with it is kept', async () => {
  await answerWithTheSame({ refresh_token: 'rt-2' });
  await refreshNow();
  expect(await stage.version(account)).toBe(2);
});

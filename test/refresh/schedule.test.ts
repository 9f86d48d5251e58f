import { afterEach, expect, it } from 'vitest';
import type { ConnectedAccount } from '../../src/accounts/connected-account.js';
import { barePolicy } from '../../src/providers/bare-policy.js';
import type { Provider, RefreshPolicy } from '../../src/providers/provider.js';
import { LIFETIME_MS, openRefreshStage, type RefreshStage } from './refresh-stage.js';

const HOUR_MS = 60 * 60 * 1000;

let stage: RefreshStage;
afterEach(() => stage.close());

async function connectUnder(policy: Partial<RefreshPolicy>, provider: Partial<Provider> = {}) {
  const refreshPolicy = { ...barePolicy('SCHEDULED'), ...policy };
  stage = await openRefreshStage({ provider: () => ({ refreshPolicy, ...provider }) });
  return stage.connect();
}

const use = () => stage.freshTokens.use({ userId: 'anna', providerId: 'test', accountId: null });
const look = async (account: ConnectedAccount) => (await stage.look(account))!;

it('an account is due a minute before its token ends, from its connection on and after each refresh', async () => {
  const account = await connectUnder({});
  expect(account.nextRefreshAt).toBe(account.expiresAt! - 60_000);
  stage.clock.advance(LIFETIME_MS);
  await use();
  const renewed = await look(account);
  expect(renewed.expiresAt).toBeGreaterThan(account.expiresAt!);
  expect(renewed.nextRefreshAt).toBe(renewed.expiresAt! - 60_000);
});

it('an account that needs its user is not due, until they consent again', async () => {
  const account = await connectUnder({});
  stage.clock.advance(LIFETIME_MS);
  stage.oidc.interfere('token', { status: 400, body: '{"error":"invalid_grant"}' });
  await expect(use()).rejects.toMatchObject({ code: 'REAUTHORIZATION_REQUIRED' });
  expect(await look(account)).toMatchObject({ status: 'NEEDS_REAUTHORIZATION', nextRefreshAt: null });
  await stage.reconnect(account);
  const { nextRefreshAt, expiresAt } = await look(account);
  expect(nextRefreshAt).toBe(expiresAt! - 60_000);
});

it('a clock that jumps ahead by hours costs one refresh an account, and one that jumps back none', async () => {
  const account = await connectUnder({});
  stage.clock.advance(5 * HOUR_MS);
  for (let uses = 0; uses < 3; uses += 1) await use();
  expect(stage.posts()).toBe(1);
  stage.clock.advance(-5 * HOUR_MS);
  for (let uses = 0; uses < 3; uses += 1) await use();
  await stage.refreshAccount.settled();
  expect(stage.posts()).toBe(0);
  expect((await look(account)).nextRefreshAt).toBeGreaterThan(stage.clock.now());
});

it('a token that is over is not renewed before the provider takes it, and the caller hears how long that is', async () => {
  await connectUnder({ mode: 'LAZY', minimumAgeSeconds: 700 });
  stage.clock.advance(LIFETIME_MS);
  await expect(use()).rejects.toMatchObject({
    code: 'PROVIDER_UNAVAILABLE',
    facts: { retryAfterSeconds: 100 },
  });
  expect(stage.posts()).toBe(0);
  stage.clock.advance(100_000);
  expect((await use()).version).toBe(2);
});

it('where no end is told, the age at which a token was refused is the end of the next, with a margin', async () => {
  const account = await connectUnder({ mode: 'SCHEDULED' }, {});
  await forgetEnd();
  stage.clock.advance(HOUR_MS);
  stage.oidc.interfere('token', tokenAnswerWithoutEnd('at-2'));
  await stage.freshTokens.afterRefusal(await use());
  const end = stage.clock.now() + 0.9 * HOUR_MS;
  expect(await look(account)).toMatchObject({
    learnedLifetimeMs: HOUR_MS,
    expiresAt: end,
    nextRefreshAt: end - 60_000,
  });
});

it('a token that is refused in its first minutes teaches nothing', async () => {
  const account = await connectUnder({});
  await forgetEnd();
  stage.clock.advance(60_000);
  stage.oidc.interfere('token', tokenAnswerWithoutEnd('at-2'));
  await stage.freshTokens.afterRefusal(await use());
  expect(await look(account)).toMatchObject({ learnedLifetimeMs: null, expiresAt: null, nextRefreshAt: null });
});

const tokenAnswerWithoutEnd = (accessToken: string) => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ access_token: accessToken, token_type: 'Bearer' }),
});

/** As at a provider that does not say it. */
async function forgetEnd(): Promise<void> {
  await stage.database.write((transaction) => transaction.query('UPDATE connected_account SET expires_at = NULL'));
}

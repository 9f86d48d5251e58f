import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConnectedAccount } from '../../src/accounts/connected-account.js';
import { LIFETIME_MS, openRefreshStage, type RefreshStage } from './refresh-stage.js';

let stage: RefreshStage;
let account: ConnectedAccount;

beforeEach(async () => {
  stage = await openRefreshStage();
  account = await stage.connect();
  stage.clock.advance(LIFETIME_MS);
});
afterEach(() => stage.close());

const use = () => stage.freshTokens.use({ userId: 'anna', providerId: 'test', accountId: null });
const granted = (members: object) => ({
  status: 200,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  body: JSON.stringify({ access_token: 'at-canned', token_type: 'Bearer', expires_in: 600, ...members }),
});
const refusal = (status: number, error: string, headers: Record<string, string> = {}) => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({ error }),
});

describe('a grant that is over', () => {
  it('is posted once for twenty callers, asks the user, and is never posted again', async () => {
    stage.oidc.revokeGrant('anna');
    const first = await Promise.allSettled(Array.from({ length: 20 }, use));
    const later = await Promise.allSettled([use(), use()]);
    const facts = { provider: 'test', accountId: account.id };
    for (const result of [...first, ...later]) {
      expect(result).toMatchObject({ reason: { code: 'REAUTHORIZATION_REQUIRED', facts } });
    }
    expect(stage.posts()).toBe(1);
    expect(await stage.look(account)).toMatchObject({
      status: 'NEEDS_REAUTHORIZATION',
      lastError: { code: 'INVALID_GRANT', at: stage.clock.now() },
      consecutiveFailures: 1,
    });
  });

  it('is not posted either when a person asks', async () => {
    stage.oidc.revokeGrant('anna');
    await expect(use()).rejects.toThrow();
    const asked = stage.freshTokens.refreshNow({ userId: 'anna', accountId: account.id });
    await expect(asked).rejects.toMatchObject({ code: 'REAUTHORIZATION_REQUIRED', facts: { accountId: account.id } });
    expect(stage.posts()).toBe(1);
  });

  it('works again after a new consent', async () => {
    stage.oidc.revokeGrant('anna');
    await expect(use()).rejects.toThrow();
    await stage.reconnect(account);
    expect(await use()).toMatchObject({ version: 2, account: { status: 'ACTIVE', lastError: null } });
  });
});

describe('a fault that is not the user’s', () => {
  it.each([
    ['an outage', { status: 503 }, 'PROVIDER_UNAVAILABLE', 'PROVIDER_ERROR'],
    ['a connection that is cut', 'reset', 'PROVIDER_UNAVAILABLE', 'TIMED_OUT'],
    ['our client being refused', refusal(401, 'invalid_client'), 'PROVIDER_MISCONFIGURED', 'INVALID_CLIENT'],
    ['a page of HTML', { status: 200, body: '<html>' }, 'PROVIDER_MISCONFIGURED', 'UNREADABLE_ANSWER'],
    ['a redirect', { status: 302, headers: { location: '/login' } }, 'PROVIDER_MISCONFIGURED', 'UNREADABLE_ANSWER'],
    ['an error of a language of its own', refusal(400, 'oops'), 'PROVIDER_UNAVAILABLE', 'PROVIDER_ERROR'],
  ] as const)('%s is told to the caller, and the account stays', async (_case, interference, problem, code) => {
    stage.oidc.interfere('token', interference);
    await expect(use()).rejects.toMatchObject({ code: problem, facts: { provider: 'test', accountId: account.id } });
    expect(await stage.look(account)).toMatchObject({ status: 'ACTIVE', lastError: { code }, consecutiveFailures: 1 });
    expect(await stage.version(account)).toBe(1);
  });

  it('is forgotten with the next refresh that works', async () => {
    stage.oidc.interfere('token', { status: 503 }, 2);
    await expect(use()).rejects.toThrow();
    stage.clock.advance(1_000);
    await expect(use()).rejects.toThrow();
    expect(await stage.look(account)).toMatchObject({ consecutiveFailures: 2 });
    stage.clock.advance(1_000);
    expect(await use()).toMatchObject({ version: 2, account: { lastError: null, consecutiveFailures: 0 } });
  });

  it('of a provider that is asked too often is not tried again until it said so', async () => {
    stage.oidc.interfere('token', refusal(429, 'slow_down', { 'retry-after': '120' }));
    const limited = { code: 'PROVIDER_RATE_LIMITED' };
    await expect(use()).rejects.toMatchObject({ ...limited, facts: { retryAfterSeconds: 120 } });
    stage.clock.advance(119_000);
    await expect(use()).rejects.toMatchObject({ ...limited, facts: { retryAfterSeconds: 1 } });
    expect(stage.posts()).toBe(1);
    stage.clock.advance(1_000);
    expect((await use()).version).toBe(2);
  });

  it('of a provider that asks for patience and names no end is not tried again for half a minute', async () => {
    stage.oidc.interfere('token', refusal(429, 'slow_down'));
    await expect(use()).rejects.toMatchObject({ facts: { retryAfterSeconds: 30 } });
    stage.clock.advance(30_000);
    expect((await use()).version).toBe(2);
  });

  it('of an outage that names its end is not tried before it either', async () => {
    stage.oidc.interfere('token', { status: 503, headers: { 'retry-after': '60' } });
    await expect(use()).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
    await expect(use()).rejects.toMatchObject({ facts: { retryAfterSeconds: 60 } });
    expect(stage.posts()).toBe(1);
  });

  it('is not tried again before its pause is over, by no process, also after a restart', async () => {
    stage.oidc.interfere('token', { status: 503 });
    await expect(use()).rejects.toMatchObject({ facts: { retryAfterSeconds: 1 } });
    const { freshTokens } = await stage.otherProcess();
    const elsewhere = freshTokens.use({ userId: 'anna', providerId: 'test', accountId: null });
    await expect(elsewhere).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE', facts: { retryAfterSeconds: 1 } });
    expect(stage.posts()).toBe(1);
    expect(await stage.look(account)).toMatchObject({ retryAt: stage.clock.now() + 1_000, backoffMs: 1_000 });
  });

  it('of one account does not make another account wait', async () => {
    const other = await stage.connect({ login: 'bert', userId: 'bert' });
    stage.clock.advance(LIFETIME_MS);
    stage.oidc.interfere('token', refusal(429, 'slow_down', { 'retry-after': '120' }));
    await expect(use()).rejects.toMatchObject({ code: 'PROVIDER_RATE_LIMITED' });
    const berts = stage.freshTokens.use({ userId: 'bert', providerId: 'test', accountId: other.id });
    expect((await berts).version).toBe(2);
  });
});

it('an answer that was lost is told as such when the spent token is refused afterwards', async () => {
  stage.oidc.interfere('token', 'lose');
  await expect(use()).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
  expect(await stage.look(account)).toMatchObject({ status: 'ACTIVE', lastError: { code: 'TIMED_OUT' } });
  stage.clock.advance(1_000);
  await expect(use()).rejects.toMatchObject({ code: 'REAUTHORIZATION_REQUIRED' });
  expect(await stage.look(account)).toMatchObject({
    status: 'NEEDS_REAUTHORIZATION',
    lastError: { code: 'OUTCOME_UNKNOWN' },
  });
});

describe('what an answer leaves out', () => {
  it('a refresh token: the old one stays and works', async () => {
    stage.oidc.interfere('token', granted({}));
    expect((await use()).version).toBe(2);
    stage.clock.advance(LIFETIME_MS);
    expect((await use()).version).toBe(3); // by the provider itself, which knows the first refresh token alone
    const [, first, second] = stage.oidc.requests.filter(({ endpoint }) => endpoint === 'token');
    expect(first?.form().get('refresh_token')).toBe(second?.form().get('refresh_token'));
  });

  it('scopes: what a refresh took away stays away', async () => {
    stage.oidc.interfere('token', granted({ scope: 'openid profile' }));
    expect((await use()).account.grantedScopes).toEqual(['openid', 'profile']);
    stage.clock.advance(LIFETIME_MS);
    stage.oidc.interfere('token', granted({}));
    expect((await use()).account.grantedScopes).toEqual(['openid', 'profile']);
  });

  it('an end: the token is used until a 401 says that it is over', async () => {
    stage.oidc.interfere('token', granted({ expires_in: undefined }));
    expect((await use()).account.expiresAt).toBeNull();
    stage.clock.advance(365 * 24 * 3_600_000);
    expect((await use()).version).toBe(2);
  });
});

describe('while a refresh is on its way', () => {
  it('a disconnect ends disconnected, and the token that comes home is revoked', async () => {
    const { arrived, release } = stage.oidc.hold('token');
    const used = use();
    await arrived;
    await stage.disconnect(account);
    release();
    await expect(used).rejects.toMatchObject({ code: 'NOT_CONNECTED' });
    expect(await stage.look(account)).toBeNull();
    expect(await stage.version(account)).toBeUndefined();
    expect(stage.oidc.counts.revoke).toBe(2);
    expect(stage.log.lines.at(-1)).toMatchObject({ event: 'refresh.revoked_after_disconnect', result: 'REVOKED' });
  });

  it('a disconnect ends disconnected also where the provider cannot be told', async () => {
    const { arrived, release } = stage.oidc.hold('token');
    stage.oidc.interfere('revoke', { status: 503 }, 2);
    const used = use();
    await arrived;
    await stage.disconnect(account);
    release();
    await expect(used).rejects.toMatchObject({ code: 'NOT_CONNECTED' });
    expect(stage.log.lines.at(-1)).toMatchObject({ result: 'FAILED' });
  });

  it('a new consent wins, and its tokens are what the caller gets', async () => {
    const { arrived, release } = stage.oidc.hold('token');
    const used = use();
    await arrived;
    await stage.reconnect(account);
    const row = await stage.tokens.read(account.id);
    release();
    const { accessToken, version } = await used;
    expect(version).toBe(2);
    expect(accessToken.equals((await stage.tokens.open(row!)).accessToken)).toBe(true);
    expect(await stage.tokens.read(account.id)).toEqual(row);
    expect(stage.oidc.counts.revoke).toBe(0);
  });

  it('a new consent is not marked with the failure of the old grant', async () => {
    const { arrived, release } = stage.oidc.hold('token');
    const used = use();
    await arrived;
    await stage.reconnect(account);
    stage.oidc.interfere('token', refusal(400, 'invalid_grant')); // for the request that is held
    release();
    expect((await used).version).toBe(2);
    expect(await stage.look(account)).toMatchObject({ status: 'ACTIVE', lastError: null, consecutiveFailures: 0 });
  });
});

it('the log tells of each refresh and holds no token', async () => {
  const { accessToken } = await use();
  stage.oidc.revokeGrant('anna');
  stage.clock.advance(LIFETIME_MS);
  await expect(use()).rejects.toThrow();
  expect(stage.log.events()).toEqual(['refresh.granted', 'refresh.failed']);
  const lines = JSON.stringify(stage.log.lines);
  expect(lines).toContain(account.id);
  expect(lines).not.toContain(accessToken.expose());
});

/** Processes that share a database and meet at the end of a token. The provider ends the grant when a refresh token is
 *  sent twice. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ConnectedAccount } from '../../src/accounts/connected-account.js';
import { REFRESH_TIMEOUT_MS } from '../../src/oauth/refresh-grant.js';
import { LEASES } from '../../src/refresh/turns.js';
import { createRefreshIntentStore } from '../../src/vault/refresh-intent-store.js';
import { watchReads } from '../support/test-database.js';
import { LIFETIME_MS, openRefreshStage, type RefreshProcess, type RefreshStage } from './refresh-stage.js';

let stage: RefreshStage;
let other: RefreshProcess;
let account: ConnectedAccount;

beforeEach(async () => {
  stage = await openRefreshStage();
  other = await stage.otherProcess();
  account = await stage.connect();
  stage.clock.advance(LIFETIME_MS);
});
afterEach(async () => {
  await other.refreshAccount.settled();
  await stage.close();
});

const use = ({ freshTokens }: Pick<RefreshProcess, 'freshTokens'>) =>
  freshTokens.use({ userId: 'anna', providerId: 'test', accountId: null });

it('a hundred callers of two processes are one request to the provider, and all are served', async () => {
  const callers = Array.from({ length: 100 }, (_, at) => use(at % 2 === 0 ? stage : other));
  const tokens = await stage.passTimeUntil(Promise.all(callers));
  expect(new Set(tokens.map(({ version }) => version))).toEqual(new Set([2]));
  expect(new Set(tokens.map(({ accessToken }) => accessToken.digest())).size).toBe(1);
  expect(stage.posts()).toBe(1);
});

it('whoever waits for another process takes what that brings, however long the provider takes within its limit', async () => {
  const { arrived, release } = stage.oidc.hold('token');
  const first = use(other);
  await arrived;
  const waiting = use(stage);
  await stage.passTime(10_000);
  release();
  expect((await first).version).toBe(2);
  expect((await stage.passTimeUntil(waiting)).version).toBe(2);
  expect(stage.posts()).toBe(1);
});

it('whoever waits for another process shares its failure, and does not try for itself', async () => {
  const { arrived, release } = stage.oidc.hold('token');
  stage.oidc.interfere('token', { status: 503 });
  const first = use(other);
  await arrived;
  const waiting = use(stage);
  await stage.passTime(1_000);
  release();
  await expect(first).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
  await expect(stage.passTimeUntil(waiting)).rejects.toMatchObject({
    code: 'PROVIDER_UNAVAILABLE',
    facts: { accountId: account.id },
  });
  expect(stage.posts()).toBe(1);
  expect(await stage.look(account)).toMatchObject({ consecutiveFailures: 1 });
});

it('whoever waits while the grant turns out to be over asks its user too', async () => {
  const { arrived, release } = stage.oidc.hold('token');
  stage.oidc.revokeGrant('anna');
  const first = use(other);
  await arrived;
  const waiting = use(stage);
  await stage.passTime(1_000);
  release();
  await expect(first).rejects.toMatchObject({ code: 'REAUTHORIZATION_REQUIRED' });
  await expect(stage.passTimeUntil(waiting)).rejects.toMatchObject({ code: 'REAUTHORIZATION_REQUIRED' });
  expect(stage.posts()).toBe(1);
});

it('whoever waits for another process that then sends nothing, since its note came too late, takes the next turn', async () => {
  const intents = createRefreshIntentStore({ database: other.database, clock: stage.clock });
  const intent = { accountId: account.id, version: 1, attempt: 'rfr_never_sent' };
  const row = (await stage.tokens.read(account.id))!;
  expect(await intents.note(row, { ...intent, leaseMs: LEASES.answerMs })).toBe(true);
  const waiting = use(stage);
  await stage.passTime(1_000);
  await other.database.write((transaction) => intents.end(transaction, intent, 'SETTLED'));
  expect((await stage.passTimeUntil(waiting)).version).toBe(2);
  expect(stage.posts()).toBe(1);
});

it('whoever waits for another process asks the database now and then: fifty callers no more than one', async () => {
  const { arrived, release } = stage.oidc.hold('token');
  const first = use(stage);
  await arrived;
  const statements = watchReads(other.database);
  const waiting = Promise.all(Array.from({ length: 50 }, () => use(other)));
  await stage.passTime(10_000);
  release();
  for (const { version } of await stage.passTimeUntil(waiting)) expect(version).toBe(2);
  await first;
  // One each to begin with, and a few a look, of which there are 14 in 10 s (turns.ts); each by itself would be 1,400.
  expect(statements.length).toBeLessThan(150);
});

it('a provider that hangs is cut off before another process may take over', async () => {
  expect(LEASES.postMs).toBeGreaterThan(REFRESH_TIMEOUT_MS);
  expect(LEASES.answerMs).toBeGreaterThanOrEqual(LEASES.postMs);
  stage.oidc.interfere('token', 'hang');
  const startedAt = stage.clock.monotonic();
  const first = use(stage);
  const cutOff = expect(first).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
  await vi.waitFor(() => expect(stage.posts()).toBe(1), { timeout: 30_000 });
  stage.clock.advance(REFRESH_TIMEOUT_MS);
  await cutOff;
  expect(stage.clock.monotonic() - startedAt).toBeLessThan(LEASES.postMs);
  const row = await stage.tokens.read(account.id);
  expect(row).toMatchObject({ intentAttempt: null, intentVersion: 1 }); // whoever comes next knows that it may be spent
});

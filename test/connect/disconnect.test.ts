import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openConnectWorld, type ConnectWorld } from '../support/connect-world.js';

let world: ConnectWorld;
beforeAll(async () => {
  world = await openConnectWorld();
});
afterAll(() => world.close());

let user = 0;
let me: ConnectWorld['anna'];
let revokesBefore = 0;
beforeEach(() => {
  user += 1;
  me = world.actor(`user-${user}`);
  revokesBefore = world.oidc.counts.revoke;
});

const revokes = () => world.oidc.counts.revoke - revokesBefore;

test('disconnecting revokes the refresh token, then the access token, and forgets the account', async () => {
  const accountId = await world.connectAccount(me);
  const refreshed = {
    accountId,
    providerId: 'test',
    reason: 'ASKED',
    outcome: 'GRANTED',
    tookMs: 5,
    version: 1,
  } as const;
  await world.database.write((transaction) => world.history.add(transaction, refreshed));
  expect(await world.connect.disconnect(me, accountId)).toEqual({ accountId, revocation: 'REVOKED' });
  const sent = world.oidc.requests.filter(({ endpoint }) => endpoint === 'revoke').slice(-2);
  expect(sent.map((request) => request.form().get('token_type_hint'))).toEqual(['refresh_token', 'access_token']);
  expect(await world.accounts.find({ userId: me.subjectId, accountId })).toBeNull();
  expect(await world.tokenStore.read(accountId)).toBeNull();
  expect(await world.count('refresh_event')).toBe(0);
  expect(await sealedTokensOf(accountId)).toEqual([null, null]);
});

test('disconnecting twice succeeds, with the same answer, and tells the provider once', async () => {
  const accountId = await world.connectAccount(me);
  const first = await world.connect.disconnect(me, accountId);
  expect(await world.connect.disconnect(me, accountId)).toEqual(first);
  expect(revokes()).toBe(2); // its two tokens, once each
});

test('twenty disconnects at once are one', async () => {
  const accountId = await world.connectAccount(me);
  const all = await Promise.all(Array.from({ length: 20 }, () => world.connect.disconnect(me, accountId)));
  expect(all).toEqual(Array.from({ length: 20 }, () => ({ accountId, revocation: 'REVOKED' })));
  expect(revokes()).toBe(2);
});

test('who asks again while the provider is being told waits for what it says', async () => {
  const accountId = await world.connectAccount(me);
  const held = world.oidc.hold('revoke');
  const first = world.connect.disconnect(me, accountId);
  await held.arrived;
  const second = world.connect.disconnect(me, accountId);
  held.release();
  expect(await second).toEqual({ accountId, revocation: 'REVOKED' });
  expect(await first).toEqual({ accountId, revocation: 'REVOKED' });
  expect(revokes()).toBe(2);
});

test("another user's account, also a disconnected one, answers as an id that never was", async () => {
  const accountId = await world.connectAccount(me);
  const other = world.actor('somebody-else');
  const answers = async () => [
    await world.connect.disconnect(other, accountId).catch(String),
    await world.connect.disconnect(other, 'acc_never').catch(String),
  ];
  const [foreign, never] = await answers();
  expect(foreign).toBe(never);
  expect(foreign).toContain('You have no connected account with this id.');
  expect(await world.accounts.find({ userId: me.subjectId, accountId })).not.toBeNull();
  await world.connect.disconnect(me, accountId);
  const [foreignAfterwards] = await answers();
  expect(foreignAfterwards).toBe(never);
});

test('an admin disconnects on behalf, with a trace', async () => {
  const accountId = await world.connectAccount(me);
  world.clock.advance(1000);
  await world.connect.disconnect(world.admin('root-at-app', me.subjectId), accountId);
  const page = await world.audit.page({ subjectId: me.subjectId, first: 2, after: null });
  const act = { action: 'account.disconnected', actorId: 'root-at-app', reason: 'ticket 42', accountId };
  expect(page.edges.map(({ node }) => node)).toMatchObject([
    { ...act, outcome: 'DONE' },
    { ...act, outcome: 'STARTED' },
  ]);
});

test('a provider without revocation is not asked, and the account goes', async () => {
  const own = await openConnectWorld({
    oidc: { configuration: { features: { devInteractions: { enabled: false } } } },
  });
  const accountId = await own.connectAccount();
  expect(await own.connect.disconnect(own.anna, accountId)).toEqual({ accountId, revocation: 'NOT_SUPPORTED' });
  expect(own.oidc.counts.revoke).toBe(0);
  expect(await own.count('connected_account')).toBe(0);
  await own.close();
});

test.each([
  ['answers 503', { status: 503 } as const],
  ['cuts the connection', 'reset' as const],
])('a provider that %s is told again until it has heard, and the account goes at once', async (_, interference) => {
  const accountId = await world.connectAccount(me);
  world.oidc.interfere('revoke', interference);
  expect(await world.connect.disconnect(me, accountId)).toEqual({ accountId, revocation: 'FAILED_WILL_RETRY' });
  expect(await world.accounts.find({ userId: me.subjectId, accountId })).toBeNull();
  expect(await world.connect.retryRevocations()).toEqual({ tried: 0, failed: 0 }); // not yet
  expect(revokes()).toBe(1);

  world.oidc.interfere('revoke', { status: 503 });
  world.clock.advance(2 * 60_000);
  expect(await world.connect.retryRevocations()).toEqual({ tried: 1, failed: 1 });
  world.clock.advance(4 * 60_000);
  expect(await world.connect.retryRevocations()).toEqual({ tried: 1, failed: 0 });
  expect(await world.connect.disconnect(me, accountId)).toEqual({ accountId, revocation: 'REVOKED' });
  expect(await sealedTokensOf(accountId)).toEqual([null, null]);
  world.clock.advance(24 * 3_600_000);
  expect(await world.connect.retryRevocations()).toEqual({ tried: 0, failed: 0 });
});

test('two processes that retry at once tell the provider once', async () => {
  const accountId = await world.connectAccount(me);
  world.oidc.interfere('revoke', { status: 503 });
  await world.connect.disconnect(me, accountId);
  world.clock.advance(2 * 60_000);
  const other = await world.otherProcess();
  await Promise.all([world.connect.retryRevocations(), other.connect.retryRevocations()]);
  expect(revokes()).toBe(3); // the one that failed, then both tokens once
  await other.close();
});

test('whoever has connected again meanwhile is not revoked by a late retry', async () => {
  const accountId = await world.connectAccount(me, 'anna');
  world.oidc.interfere('revoke', { status: 503 });
  await world.connect.disconnect(me, accountId);
  const again = await world.connectAccount(me, 'anna');
  world.clock.advance(2 * 60_000);
  await world.connect.retryRevocations();
  expect(revokes()).toBe(1);
  expect(await world.connect.disconnect(me, accountId)).toEqual({ accountId, revocation: 'KEPT_SHARED_GRANT' });
  expect(await world.accounts.find({ userId: me.subjectId, accountId: again })).toMatchObject({ status: 'ACTIVE' });
});

test('a grant that another account stands on is kept, until the last one goes', async () => {
  const [first, second] = await connectOnOneRefreshToken('erin', 'erin');
  expect((await world.connect.disconnect(me, first)).revocation).toBe('KEPT_SHARED_GRANT');
  expect(revokes()).toBe(0);
  expect((await world.connect.disconnect(world.actor('friend'), second)).revocation).toBe('REVOKED');
});

test('of two accounts on one refresh token that go at the same instant, one has it revoked', async () => {
  // Two persons by their names, so that nothing but the refresh token joins them.
  const [first, second] = await connectOnOneRefreshToken('frank', 'gina');
  const gone = await Promise.all([
    world.connect.disconnect(me, first),
    world.connect.disconnect(world.actor('friend'), second),
  ]);
  expect(gone.map(({ revocation }) => revocation).toSorted()).toEqual(['KEPT_SHARED_GRANT', 'REVOKED']);
});

test("a person whom another user has connected too is kept, also by a retry, until the last account's end", async () => {
  const friend = world.actor('friend');
  const first = await world.connectAccount(me, 'carla');
  world.oidc.interfere('revoke', { status: 503 });
  await world.connect.disconnect(me, first);
  const second = await world.connectAccount(friend, 'carla');
  world.clock.advance(2 * 60_000);
  await world.connect.retryRevocations();
  expect(revokes()).toBe(1);
  expect((await world.connect.disconnect(me, first)).revocation).toBe('KEPT_SHARED_GRANT');
  expect((await world.connect.disconnect(friend, second)).revocation).toBe('REVOKED');
});

test('an account whose tokens no longer open is forgotten all the same', async () => {
  const accountId = await world.connectAccount(me);
  await world.database.write((transaction) =>
    transaction.query("UPDATE token_set SET sealed_access_token = 'broken', version = 7 WHERE account_id = $1", [
      accountId,
    ]),
  );
  expect(await world.connect.disconnect(me, accountId)).toEqual({ accountId, revocation: 'NOT_SUPPORTED' });
  expect(await world.accounts.find({ userId: me.subjectId, accountId })).toBeNull();
});

/** Of two users. */
async function connectOnOneRefreshToken(login: string, other: string): Promise<[string, string]> {
  const first = await world.connectAccount(me, login);
  const second = await world.connectAccount(world.actor('friend'), other);
  const shared = await world.tokenStore.read(first);
  await world.database.write((transaction) =>
    transaction.query('UPDATE token_set SET refresh_token_fingerprint = $1 WHERE account_id = $2', [
      shared?.refreshTokenFingerprint,
      second,
    ]),
  );
  return [first, second];
}

async function sealedTokensOf(accountId: string): Promise<unknown[]> {
  const [row]: Record<string, unknown>[] = await world.database.reader.query(
    'SELECT sealed_access_token, sealed_refresh_token FROM disconnection WHERE account_id = $1',
    [accountId],
  );
  return Object.values(row ?? {});
}

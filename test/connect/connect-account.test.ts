import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { missingScopes } from '../../src/accounts/connected-account.js';
import { createCompletionStore } from '../../src/connect/completion-store.js';
import { createConnectAccount } from '../../src/connect/connect-account.js';
import { PendingAuthorizationRow } from '../../src/connect/pending-authorization.entity.js';
import type { PendingAuthorization } from '../../src/connect/pending-store.js';
import { Fault } from '../../src/errors.js';
import { noAlarms } from '../../src/refresh/refresh-alarms.js';
import { Secret } from '../../src/secret.js';
import { storedEvents } from '../support/stored-events.js';
import { openConnectWorld, type ConnectWorld } from '../support/connect-world.js';

let world: ConnectWorld;
beforeAll(async () => {
  world = await openConnectWorld();
});
afterAll(() => world.close());

let user = 0;
let me: ConnectWorld['anna'];
beforeEach(() => {
  user += 1;
  me = world.actor(`user-${user}`);
});

async function finish(callbackUrl: string) {
  return world.connect.complete(me, { callbackUrl });
}

async function accountAndTokens(accountId: string) {
  const account = await world.accounts.find({ userId: me.subjectId, accountId });
  return { account, tokens: await world.tokenStore.read(accountId) };
}

test('connecting again keeps the account, takes the new tokens and clears its error', async () => {
  const accountId = await world.connectAccount(me);
  const before = await accountAndTokens(accountId);
  await world.database.write((transaction) =>
    world.accounts.recordRefreshFailure(transaction, {
      accountId,
      code: 'INVALID_GRANT',
      status: 'NEEDS_REAUTHORIZATION',
      backoffMs: null,
      nextRefreshAt: null,
    }),
  );
  world.clock.advance(1000);
  const again = await world.connectAccount(me, 'anna', { accountId });
  expect(again).toBe(accountId);
  const { account, tokens } = await accountAndTokens(accountId);
  expect(account).toMatchObject({ status: 'ACTIVE', lastError: null, consecutiveFailures: 0 });
  expect(account?.connectedAt).toBe(before.account?.connectedAt);
  expect(tokens?.version).toBe(2);
  expect(tokens?.sealedAccessToken).not.toBe(before.tokens?.sealedAccessToken);
});

test('the same person connected twice is one account; another person is another', async () => {
  const first = await world.connectAccount(me, 'anna');
  const second = await world.connectAccount(me, 'anna');
  const ben = await world.connectAccount(me, 'ben');
  expect(second).toBe(first);
  expect(ben).not.toBe(first);
  expect(await world.accounts.count({ userId: me.subjectId, filter: {} })).toBe(2);
});

test('one person at the provider connected by two users is an account of each', async () => {
  const mine = await world.connectAccount(me, 'anna');
  const theirs = await world.connectAccount(world.actor('somebody-else'), 'anna');
  expect(theirs).not.toBe(mine);
});

test('another person never takes an account over', async () => {
  const accountId = await world.connectAccount(me, 'anna');
  const before = await accountAndTokens(accountId);
  const callbackUrl = await world.signIn(await world.start({ accountId }, me), 'ben');
  const { account, problem } = await finish(callbackUrl);
  expect(account).toBeNull();
  expect(problem?.code).toBe('AUTHORIZATION_DENIED');
  expect(problem?.message).toContain('Somebody else signed in at the provider "test"');
  expect(await accountAndTokens(accountId)).toEqual(before);
  expect(await world.accounts.count({ userId: me.subjectId, filter: {} })).toBe(1);
  expect((await finish(callbackUrl)).problem?.message).toBe(problem?.message);
});

/** The hints of the tokens that were revoked since `from`. */
function revokedSince(from: number): (string | null)[] {
  const revokes = world.oidc.requests.slice(from).filter(({ endpoint }) => endpoint === 'revoke');
  return revokes.map((request) => request.form().get('token_type_hint'));
}

test('the tokens of a person who was refused are revoked, within the act that the audit tells of', async () => {
  const accountId = await world.connectAccount(me, 'anna');
  const from = world.oidc.requests.length;
  world.clock.advance(1000);
  const callbackUrl = await world.signIn(await world.start({ accountId }, me), 'ivo');
  expect((await finish(callbackUrl)).problem?.code).toBe('AUTHORIZATION_DENIED');
  expect(revokedSince(from)).toEqual(['refresh_token', 'access_token']);
  const { edges } = await world.audit.page({ subjectId: me.subjectId, first: 2, after: null });
  expect(edges.map(({ node }) => [node.action, node.outcome])).toEqual([
    ['account.connected', 'FAILED'],
    ['account.connected', 'STARTED'],
  ]);
  expect(await world.accounts.find({ userId: me.subjectId, accountId })).toMatchObject({ status: 'ACTIVE' });
});

test.each([
  ['the same user', () => me],
  ['another user', () => world.actor('somebody-with-jo')],
])('the tokens of a refused person whom %s has connected are kept', async (_, owner) => {
  const accountId = await world.connectAccount(me, 'anna');
  await world.connectAccount(owner(), 'jo');
  const from = world.oidc.requests.length;
  const callbackUrl = await world.signIn(await world.start({ accountId }, me), 'jo');
  expect((await finish(callbackUrl)).problem?.code).toBe('AUTHORIZATION_DENIED');
  expect(revokedSince(from)).toEqual([]);
});

test('a provider that cannot be told to revoke does not change the refusal', async () => {
  const accountId = await world.connectAccount(me, 'anna');
  world.oidc.interfere('revoke', { status: 503 });
  const callbackUrl = await world.signIn(await world.start({ accountId }, me), 'kim');
  expect((await finish(callbackUrl)).problem?.code).toBe('AUTHORIZATION_DENIED');
});

test.each([
  ['are revoked where nobody has connected the person', 'lea', ['refresh_token', 'access_token']],
  ['are kept where an account may stand on their grant', 'anna', []],
])('tokens that could not be stored %s', async (_, login, revoked) => {
  await world.connectAccount(me, 'anna');
  const callbackUrl = await world.signIn(await world.start({}, me), login);
  const from = world.oidc.requests.length;
  const hold = world.oidc.hold('token');
  const finishing = expect(finish(callbackUrl)).rejects.toThrow('completed_authorization');
  await hold.arrived;
  await rename('completed_authorization', 'completed_authorization_away');
  hold.release();
  await finishing;
  await rename('completed_authorization_away', 'completed_authorization');
  expect(revokedSince(from)).toEqual(revoked);
});

test('the tokens for an account that was disconnected meanwhile are revoked', async () => {
  const accountId = await world.connectAccount(me, 'mia');
  const callbackUrl = await world.signIn(await world.start({ accountId }, me), 'mia');
  await world.connect.disconnect(me, accountId);
  const from = world.oidc.requests.length;
  expect((await finish(callbackUrl)).problem?.code).toBe('STATE_INVALID');
  expect(revokedSince(from)).toEqual(['refresh_token', 'access_token']);
});

test('tokens whose storing may have been committed before the database went away are not revoked', async () => {
  const revoked: unknown[] = [];
  const connectAccount = createConnectAccount({
    ...world,
    events: { record: async () => undefined },
    database: { ...world.database, write: () => Promise.reject(new Fault('DATABASE_UNAVAILABLE')) },
    completions: createCompletionStore({ ...world, repeatSeconds: 300 }),
    identify: async () => ({ externalId: 'nora', displayName: null, providerValues: {} }),
    revokeRefused: async (refused) => void revoked.push(refused),
    alarms: noAlarms,
  });
  const callbackUrl = await world.signIn(await world.start({}, me), 'nora');
  const attempt = await attemptOf(callbackUrl);
  const none = { expiresAt: null, refreshTokenExpiresAt: null, grantedScopes: null, subject: 'nora' };
  const tokens = { ...none, accessToken: Secret.of('access'), refreshToken: null };
  const connecting = connectAccount({ attempt, provider: world.catalogue.get('test'), tokens, providerValues: {} });
  await expect(connecting).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  expect(revoked).toEqual([]);
});

test('the app is told of a connection, of one after failures as a recovery, and of its end', async () => {
  const accountId = await world.connectAccount(me, 'olga');
  await world.connectAccount(me, 'olga');
  const waits = { backoffMs: null, nextRefreshAt: null };
  const failure = { accountId, code: 'INVALID_GRANT', status: 'NEEDS_REAUTHORIZATION', ...waits } as const;
  await world.database.write((transaction) => world.accounts.recordRefreshFailure(transaction, failure));
  await world.connectAccount(me, 'olga');
  await world.connect.disconnect(me, accountId);
  await world.connect.disconnect(me, accountId);
  const owner = { accountId, userId: me.subjectId, providerId: 'test' };
  expect(await storedEvents(world.database, accountId)).toMatchObject([
    { ...owner, type: 'CONNECTED' },
    { ...owner, type: 'CONNECTED' },
    { ...owner, type: 'RECOVERED', facts: { by: 'RECONNECT' } },
    { ...owner, type: 'DISCONNECTED' },
  ]);
});

async function attemptOf(callbackUrl: string): Promise<PendingAuthorization> {
  const state = Secret.of(new URL(callbackUrl).searchParams.get('state') ?? '');
  const attempt = await world.database.reader.findOneBy(PendingAuthorizationRow, { stateHash: state.digest() });
  if (!attempt) throw new Error('The attempt is not there.');
  return attempt;
}

async function rename(table: string, name: string): Promise<void> {
  await world.database.write((transaction) => transaction.query(`ALTER TABLE ${table} RENAME TO ${name}`));
}

test.each([
  ['says no', async (accountId: string) => world.refuse(await world.start({ accountId }, me))],
  [
    'meets a dead token endpoint',
    async (accountId: string) => {
      world.oidc.interfere('token', { status: 503 });
      return world.signIn(await world.start({ accountId }, me));
    },
  ],
  [
    'meets tokens that nobody can read',
    async (accountId: string) => {
      world.oidc.interfere('token', { status: 200, body: '{"access_token":1}' });
      return world.signIn(await world.start({ accountId }, me));
    },
  ],
])('a person connecting again who %s keeps the old grant, working', async (_, attempt) => {
  const accountId = await world.connectAccount(me);
  const before = await accountAndTokens(accountId);
  const { account, problem } = await finish(await attempt(accountId));
  expect(account).toBeNull();
  expect(problem).not.toBeNull();
  expect(await accountAndTokens(accountId)).toEqual(before);
  expect(before.account?.status).toBe('ACTIVE');
});

test('an account that was disconnected while it was connected again stays disconnected', async () => {
  const accountId = await world.connectAccount(me);
  const callbackUrl = await world.signIn(await world.start({ accountId }, me));
  await world.connect.disconnect(me, accountId);
  const { account, problem } = await finish(callbackUrl);
  expect(account).toBeNull();
  expect(problem?.message).toContain('has been disconnected meanwhile');
  expect(await world.accounts.count({ userId: me.subjectId, filter: {} })).toBe(0);
  expect(await world.tokenStore.read(accountId)).toBeNull();
});

test('two attempts of one new person at once become one account', async () => {
  const callbackUrls = [
    await world.signIn(await world.start({}, me), 'anna'),
    await world.signIn(await world.start({}, me), 'anna'),
  ];
  const [one, other] = await Promise.all(callbackUrls.map(finish));
  expect(one?.account?.id).toBeDefined();
  expect(other?.account?.id).toBe(one?.account?.id);
});

test('a grant narrower than asked is stored as it was given, never as full', async () => {
  const own = await openConnectWorld({ provider: { authorizationParameters: {} } }); // no consent prompt, no offline access
  const callbackUrl = await own.signIn(await own.start());
  const { account } = await own.connect.complete(own.anna, { callbackUrl });
  expect(account?.grantedScopes).toEqual(['openid', 'profile', 'email']);
  expect(account && missingScopes(account)).toEqual(['offline_access']);
  await own.close();
});

test('a profile that cannot be had does not undo a connection whose ID Token says who it is', async () => {
  world.oidc.interfere('userinfo', { status: 500, body: 'planted' });
  const callbackUrl = await world.signIn(await world.start({}, me));
  const { account, problem } = await finish(callbackUrl);
  expect(problem).toBeNull();
  expect(account).toMatchObject({ externalId: 'anna', displayName: null, status: 'ACTIVE' });
  expect(world.log.events()).toContain('authorization.profile_missing');
});

test("another person's profile is not used", async () => {
  world.oidc.interfere('userinfo', {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: '{"sub":"ben","name":"Ben Example"}',
  });
  const callbackUrl = await world.signIn(await world.start({}, me));
  expect((await finish(callbackUrl)).account).toMatchObject({ externalId: 'anna', displayName: null });
});

test.each([
  ['is down', { status: 503 }, 'PROVIDER_UNAVAILABLE'],
  ['refuses the new token', { status: 401 }, 'PROVIDER_MISCONFIGURED'],
  [
    'lacks the right',
    { status: 403, headers: { 'www-authenticate': 'Bearer error="insufficient_scope"' } },
    'AUTHORIZATION_DENIED',
  ],
])('without an ID Token, a profile that %s leaves nobody to connect', async (_, answer, code) => {
  world.oidc.interfere('userinfo', answer);
  const callbackUrl = await world.signIn(await world.start({ scopes: ['profile'] }, me));
  const { account, problem } = await finish(callbackUrl);
  expect(account).toBeNull();
  expect(problem?.code).toBe(code);
  expect(await world.accounts.count({ userId: me.subjectId, filter: {} })).toBe(0);
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectUser, completeAuthorization, startAuthorization } from '../support/connected-user.js';
import { startOidcProvider, type TestOidcProvider } from '../support/oidc-provider.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

let oidc: TestOidcProvider;
let mortal: TestOidcProvider;
let app: TestApp;

beforeAll(async () => {
  oidc = await startOidcProvider();
  mortal = await startOidcProvider();
  app = await startTestApp({
    providers: () => [oidc.provider(), mortal.provider({ id: 'mortal', name: 'One that dies' })],
  });
  oidc.registerRedirectUri(`${app.url}/oauth/callback/test`);
  mortal.registerRedirectUri(`${app.url}/oauth/callback/mortal`);
});
afterAll(async () => {
  await app.close();
  await oidc.close();
});

test('a user connects a provider and reads me', async () => {
  const token = await app.tokenFor('anna');
  const accountId = await connectUser({ app, oidc, token, login: 'anna' });

  const { data, errors } = await app.query({
    query: '{ me(provider: "test") { id externalId name email avatarUrl raw account { id userId status } } }',
    token,
  });
  expect(errors).toBeUndefined();
  expect(data.me).toMatchObject({
    externalId: 'anna',
    raw: { sub: 'anna' },
    account: { id: accountId, userId: 'anna', status: 'ACTIVE' },
  });
});

test('an admin reads the same on the user’s behalf, and the user reads who did and why', async () => {
  const token = await app.tokenFor('berta');
  await connectUser({ app, oidc, token, login: 'berta' });

  const admin = await app.tokenFor('root', ['admin']);
  const read = await app.query({
    query: `{ onBehalfOf(userId: "berta", reason: "Ticket 4711") {
      id profile(provider: "test") { ... on Profile { externalId } ... on Problem { code message } } } }`,
    token: admin,
  });
  expect(read.data.onBehalfOf).toEqual({ id: 'berta', profile: { externalId: 'berta' } });

  const events = await app.query({
    query: '{ viewer { auditEvents { nodes { action actorId subjectId reason outcome requestId } } } }',
    token,
  });
  const seen = (events.data['viewer'] as { auditEvents: { nodes: Record<string, string>[] } }).auditEvents.nodes;
  const byAdmin = seen.filter((event) => event['actorId'] === 'root');
  expect(byAdmin.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
    'account.read DONE',
    'account.read STARTED',
    'user.read DONE',
    'user.read STARTED',
  ]);
  expect(byAdmin.every(({ subjectId, reason }) => subjectId === 'berta' && reason === 'Ticket 4711')).toBe(true);
});

test('a user who is no admin reads nobody else', async () => {
  const token = await app.tokenFor('mallory');
  const read = await app.query({ query: '{ onBehalfOf(userId: "anna", reason: "curious") { id } }', token });
  expect(read.data.onBehalfOf).toBeNull();
  expect(read.errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
});

test('another user’s account answers as one that does not exist', async () => {
  const owner = await app.tokenFor('carla');
  const accountId = await connectUser({ app, oidc, token: owner, login: 'carla' });
  const stranger = await app.tokenFor('mallory');

  const ask = (id: string): ReturnType<TestApp['query']> =>
    app.query({
      query: `query ($id: ID!) {
        viewer { connectedAccount(id: $id) { id } } me(provider: "test", accountId: $id) { name } }`,
      variables: { id },
      token: stranger,
    });
  const theirs = await ask(accountId);
  const none = await ask('acc_00000000-0000-7000-8000-000000000000');
  const withoutIds = ({ data, errors }: typeof theirs): unknown =>
    JSON.parse(JSON.stringify({ data, errors }).replace(/"requestId":"[^"]+"/g, '"requestId":""'));
  expect(withoutIds(theirs)).toEqual(withoutIds(none));
});

test('a provider that is dead is data beside the other’s answer', async () => {
  const token = await app.tokenFor('dora');
  await connectUser({ app, oidc, token, login: 'dora' });
  await connectUser({ app, oidc: mortal, token, login: 'dora', provider: 'mortal' });
  await mortal.close();
  const { data, errors } = await app.query({
    query: `{ viewer {
      alive: profile(provider: "test") { __typename ... on Profile { externalId } }
      dead: profile(provider: "mortal") {
        __typename ... on ProviderProblem { code remedy provider { id } retryAfterSeconds } }
      never: profile(provider: "test", accountId: "acc_none") { __typename ... on Problem { code } } } }`,
    token,
  });
  expect(data.viewer).toEqual({
    alive: { __typename: 'Profile', externalId: 'dora' },
    dead: {
      __typename: 'ProviderProblem',
      code: 'PROVIDER_UNAVAILABLE',
      remedy: 'RETRY',
      provider: { id: 'mortal' },
      retryAfterSeconds: null,
    },
    never: null,
  });
  expect(errors?.map(({ extensions }) => extensions['code'])).toEqual(['ACCOUNT_NOT_FOUND']);
});

test('twenty callers who meet a 401 together share one refresh', async () => {
  const token = await app.tokenFor('erna');
  await connectUser({ app, oidc, token, login: 'erna' });
  oidc.expireAccessTokens();
  const before = oidc.counts.token;
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => app.query({ query: '{ me(provider: "test") { externalId } }', token })),
  );
  expect(answers.map(({ data }) => data.me)).toEqual(Array.from({ length: 20 }, () => ({ externalId: 'erna' })));
  expect(oidc.counts.token - before).toBe(1);
});

test('a disconnected account is forgotten here and revoked there, and disconnecting twice succeeds', async () => {
  const token = await app.tokenFor('frida');
  const accountId = await connectUser({ app, oidc, token, login: 'frida' });
  const revokedBefore = oidc.counts.revoke;
  const disconnect = (): ReturnType<TestApp['query']> =>
    app.query({
      query: 'mutation ($input: DisconnectAccountInput!) { disconnectAccount(input: $input) { accountId revocation } }',
      variables: { input: { accountId } },
      token,
    });
  expect((await disconnect()).data.disconnectAccount).toEqual({ accountId, revocation: 'REVOKED' });
  expect(oidc.counts.revoke).toBeGreaterThan(revokedBefore);
  expect((await disconnect()).data.disconnectAccount).toEqual({ accountId, revocation: 'REVOKED' });

  const me = await app.query({ query: '{ me(provider: "test") { name } }', token });
  expect(me.errors?.[0]?.extensions).toMatchObject({ code: 'NOT_CONNECTED', remedy: 'RECONNECT' });
});

test('an answer that another user hands in connects nothing and spends nothing', async () => {
  const anna = await app.tokenFor('greta');
  const mallory = await app.tokenFor('mallory');
  const { authorizationUrl } = await startAuthorization({ app, token: anna });
  const callbackUrl = await oidc.approve(authorizationUrl, { login: 'greta' });
  const before = oidc.counts.token;

  const stolen = await completeAuthorization({ app, token: mallory }, { callbackUrl });
  expect(stolen).toMatchObject({ account: null, problem: { code: 'STATE_INVALID' } });
  expect(oidc.counts.token).toBe(before);

  const rightful = await completeAuthorization({ app, token: anna }, { callbackUrl });
  expect(rightful.account).toMatchObject({ status: 'ACTIVE' });
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { appPage, openConnectWorld, publicUrl, returnTo, type ConnectWorld } from '../support/connect-world.js';
import type { StartRequest } from '../../src/connect/start.js';

let world: ConnectWorld;
beforeAll(async () => {
  world = await openConnectWorld({
    provider: {
      allowedScopes: ['openid', 'profile', 'email', 'offline_access'],
      parameters: [
        { name: 'subdomain', description: 'Of the customer.', pattern: '[a-z]{1,20}', required: false, example: null },
      ],
    },
  });
});
afterAll(() => world.close());

const queryOf = (started: { authorizationUrl: string }) => new URL(started.authorizationUrl).searchParams;

test('every request asks for a code with PKCE S256, a state and a nonce, all new each time', async () => {
  const queries = [queryOf(await world.start()), queryOf(await world.start())];
  for (const query of queries) {
    expect(Object.fromEntries(query)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      redirect_uri: `${publicUrl}/oauth/callback/test`,
      scope: 'openid profile email offline_access',
    });
  }
  for (const name of ['state', 'nonce', 'code_challenge']) {
    const [one, other] = queries.map((query) => query.get(name));
    expect(one).toMatch(/^[\w-]{43}$/);
    expect(one).not.toBe(other);
  }
});

test('the answer holds the state, a link and the end of the attempt', async () => {
  const started = await world.start();
  expect(started.state).toBe(queryOf(started).get('state'));
  expect(started.expiresAt).toBe(world.clock.now() + 600_000);
  expect(started.oneTimeUrl).toMatch(/^http:\/\/127\.0\.0\.1:4000\/connect\/test\?link=[\w-]{43}$/);
});

test('the cookie of the browser is one an attempt, random, and lives as long as the attempt', async () => {
  const [one, other] = [await world.start(), await world.start()];
  expect(one.browserCookie).toMatchObject({ name: expect.stringMatching(/^latchkey_/), maxAgeSeconds: 600 });
  expect(one.browserCookie?.value).toMatch(/^[\w-]{43}$/);
  expect(one.browserCookie?.name).not.toBe(other.browserCookie?.name);
  expect(one.browserCookie?.value).not.toBe(other.browserCookie?.value);
});

test('on https the cookie is bound to the host', async () => {
  const own = await openConnectWorld({ settings: { publicUrl: 'https://latchkey.example' } });
  expect((await own.start()).browserCookie?.name).toMatch(/^__Host-latchkey_/);
  await own.close();
});

test('no cookie is set for an attempt on behalf, nor for one that returns to the page of the app', async () => {
  expect((await world.start({}, world.admin('root-at-app', 'anna-at-app'))).browserCookie).toBeNull();
  expect((await world.start({ redirectUri: appPage })).browserCookie).toBeNull();
});

test('our own callback page may be named as the redirect URI', async () => {
  const started = await world.start({ redirectUri: `${publicUrl}/oauth/callback/test` });
  expect(started.browserCookie).not.toBeNull();
});

const hostile: readonly [what: string, request: Partial<StartRequest>, field: string][] = [
  ['a returnTo that is not listed', { returnTo: 'https://evil.example/' }, 'returnTo'],
  ['a returnTo that differs by a character', { returnTo: `${returnTo}/` }, 'returnTo'],
  ['a returnTo in another case', { returnTo: returnTo.replace('https', 'HTTPS') }, 'returnTo'],
  ['a returnTo with the listed one as its user', { returnTo: 'https://app.example@evil.example/' }, 'returnTo'],
  ['a returnTo that runs a script', { returnTo: 'javascript:alert(1)' }, 'returnTo'],
  ['a redirect URI that is not registered', { redirectUri: 'https://evil.example/cb' }, 'redirectUri'],
  ['a redirect URI with a query more than the registered one', { redirectUri: `${appPage}?x=1` }, 'redirectUri'],
  ["another provider's callback", { redirectUri: `${publicUrl}/oauth/callback/other` }, 'redirectUri'],
  ['a scope that the provider does not declare', { scopes: ['openid', 'admin:all'] }, 'scopes'],
  ['no scope at all', { scopes: [] }, 'scopes'],
  ['a parameter that the provider does not have', { parameters: [{ name: 'host', value: 'x' }] }, 'parameters'],
  ['a value outside its pattern', { parameters: [{ name: 'subdomain', value: 'evil.example/' }] }, 'parameters'],
  ['a login hint of a thousand characters', { loginHint: 'x'.repeat(1000) }, 'loginHint'],
];

test.each(hostile)('%s is refused and nothing is stored', async (_, request, field) => {
  const before = await world.count('pending_authorization');
  await expect(world.start(request)).rejects.toMatchObject({ code: 'BAD_USER_INPUT', facts: { field } });
  expect(await world.count('pending_authorization')).toBe(before);
});

test('a refused scope is named, and so are those that are allowed', async () => {
  const refused = world.start({ scopes: ['openid', 'admin:all'] });
  await expect(refused).rejects.toThrow('"admin:all" may not be asked of the provider "test" here. Allowed: openid,');
});

test('fewer scopes than the default ones can be asked, each once', async () => {
  const started = await world.start({ scopes: ['openid', 'email', 'openid'] });
  expect(queryOf(started).get('scope')).toBe('openid email');
});

test('an unknown provider is refused', async () => {
  await expect(world.start({ providerId: 'nobody' })).rejects.toMatchObject({ code: 'UNKNOWN_PROVIDER' });
});

test("another user's account, one of another provider and one that never was are all not found", async () => {
  const bens = await world.connectAccount(world.ben, 'ben');
  const elsewhere = await world.connectAccount(world.anna, 'anna', { providerId: 'other' });
  for (const accountId of [bens, elsewhere, 'acc_never']) {
    await expect(world.start({ accountId })).rejects.toMatchObject({ code: 'ACCOUNT_NOT_FOUND', facts: {} });
  }
});

test('a provider that cannot be asked is a problem, and nothing is stored', async () => {
  const own = await openConnectWorld();
  own.oidc.interfere('discovery', { status: 503 });
  await expect(own.start()).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
  expect(await own.count('pending_authorization')).toBe(0);
  await own.close();
});

test('a provider that demands pushed requests gets one, and the browser carries a reference alone', async () => {
  const own = await openConnectWorld({ oidc: { requirePar: true } });
  const started = await own.start();
  expect([...queryOf(started).keys()].toSorted()).toEqual(['client_id', 'request_uri']);
  expect(started.state).toMatch(/^[\w-]{43}$/);
  const callbackUrl = await own.signIn(started);
  expect((await own.connect.complete(own.anna, { callbackUrl })).account?.externalId).toBe('anna');
  await own.close();
});

test('of more than fifty open attempts of one user the oldest go, and nobody else loses any', async () => {
  const own = await openConnectWorld();
  const bens = await own.signIn(await own.start({}, own.ben), 'ben');
  const first = await own.signIn(await own.start());
  for (let attempts = 0; attempts < 50; attempts += 1) {
    own.clock.advance(1);
    await own.start();
  }
  expect(await own.count('pending_authorization')).toBe(51);
  expect((await own.connect.complete(own.anna, { callbackUrl: first })).problem?.code).toBe('STATE_INVALID');
  expect((await own.connect.complete(own.ben, { callbackUrl: bens })).account?.externalId).toBe('ben');
  await own.close();
});

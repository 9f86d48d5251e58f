import { afterEach, beforeEach, expect, test } from 'vitest';
import { startGithubServer, type GithubServer } from '../support/github-server.js';
import { addressesOf, formsTo, startProviderWalk, type ProviderWalk } from '../support/provider-walk.js';
import { createTestClock } from '../support/test-clock.js';

const anna = { id: 583231, login: 'anna', name: 'Anna Example' };
const EXCHANGE = '/login/oauth/access_token';
const REVOKE = '/applications/Iv1.8a61f9b3a7aba766/token';

let github: GithubServer;
let walk: ProviderWalk;

beforeEach(async () => {
  const clock = createTestClock();
  github = await startGithubServer(clock);
  walk = await startProviderWalk([github.provider()], clock);
});
afterEach(async () => {
  await walk.close();
  await github.close();
});

async function connectAnna(): Promise<string> {
  const { account, problem } = await walk.connect({ user: 'anna', approve: (url) => github.approve(url, anna) });
  if (!account) throw new Error(problem?.message);
  return account.id;
}

test.each(['JSON', 'a form'])('an account is connected by a token answer in %s', async (kind) => {
  if (kind === 'a form') github.answerWithForms();
  const accountId = await connectAnna();
  expect(await walk.account('anna', accountId)).toEqual({
    status: 'ACTIVE',
    externalId: '583231',
    displayName: 'Anna Example',
    grantedScopes: ['read:user', 'user:email'],
    missingScopes: [],
    expiresAt: null,
    refreshTokenExpiresAt: null,
    lastError: null,
  });
  expect(formsTo(github.requests, EXCHANGE)).toEqual([
    {
      grant_type: 'authorization_code',
      code: expect.any(String),
      redirect_uri: `${walk.app.url}/oauth/callback/github`,
      client_id: 'Iv1.8a61f9b3a7aba766',
      client_secret: github.clientSecret,
      code_verifier: expect.any(String),
    },
  ]);
});

test('me asks the API as it wants to be asked, a year later with the same token', async () => {
  await connectAnna();
  walk.clock.advance(300 * 86_400_000);
  expect((await walk.me('anna')).data).toMatchObject({
    externalId: '583231',
    name: 'Anna Example',
    email: null,
    avatarUrl: 'https://avatars.example/u/583231',
  });
  const seen = github.requests.at(-1);
  expect(seen).toMatchObject({
    method: 'GET',
    url: '/user',
    headers: { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' },
  });
  expect(formsTo(github.requests, EXCHANGE)).toHaveLength(1);
});

test('a person without a name is known by the name to sign in with', async () => {
  await walk.connect({ user: 'berta', approve: (url) => github.approve(url, { ...anna, name: null }) });
  expect((await walk.me('berta')).data).toMatchObject({ name: 'anna' });
});

test.each([
  ['bad_verification_code', 'STATE_INVALID'],
  ['incorrect_client_credentials', 'PROVIDER_MISCONFIGURED'],
  ['redirect_uri_mismatch', 'PROVIDER_MISCONFIGURED'],
  ['something_new', 'PROVIDER_UNAVAILABLE'],
])('the error %s in a 200 is %s, in either format', async (error, code) => {
  for (const make of [() => undefined, github.answerWithForms]) {
    make();
    github.refuseOnce(error);
    const refused = await walk.connect({ user: 'anna', approve: (url) => github.approve(url, anna) });
    expect(refused).toMatchObject({ account: null, problem: { code } });
    expect(refused.problem?.message).not.toContain('planted');
  }
});

test('a token that is refused cannot be renewed: the user is asked', async () => {
  await connectAnna();
  github.forget(anna);
  expect((await walk.me('anna')).code).toBe('REAUTHORIZATION_REQUIRED');
});

test('disconnecting deletes the token with the client’s own credentials, and twice is once', async () => {
  const accountId = await connectAnna();
  expect(await walk.disconnect('anna', accountId)).toBe('REVOKED');
  const [seen, ...others] = github.requests.filter(({ endpoint }) => endpoint === REVOKE);
  expect(others).toEqual([]);
  expect(seen).toMatchObject({ method: 'DELETE', headers: { 'content-type': 'application/json' } });
  expect(JSON.parse(seen?.body() ?? '')).toEqual({ access_token: expect.stringMatching(/^gho_planted/) });
  expect(addressesOf(github.requests)).not.toContain('planted');
});

test('a token that is gone already counts as revoked', async () => {
  const accountId = await connectAnna();
  github.forget(anna);
  expect(await walk.disconnect('anna', accountId)).toBe('REVOKED');
});

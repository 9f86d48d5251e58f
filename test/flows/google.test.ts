import { afterEach, beforeEach, expect, test } from 'vitest';
import { startOidcProvider, type TestOidcProvider } from '../support/oidc-provider.js';
import { formsTo, startProviderWalk, type ProviderWalk } from '../support/provider-walk.js';
import { shippedProvider } from '../support/shipped-provider.js';
import { systemClock } from '../../src/clock.js';

// A real OpenID provider that gives refresh tokens as this one does: by access_type, without a scope that asks for one.
let oidc: TestOidcProvider;
let walk: ProviderWalk;

beforeEach(async () => {
  oidc = await startOidcProvider({
    clientAuth: 'client_secret_post',
    rotate: false,
    configuration: { issueRefreshToken: async () => true, extraParams: ['access_type'] },
  });
  const client = oidc.client as { id: string; secret: { expose(): string } };
  const google = shippedProvider({
    extends: 'google',
    clientId: JSON.stringify(client.id),
    clientSecret: client.secret.expose(),
    origins: { 'https://accounts.google.com': oidc.issuer },
  });
  // Real time: the library compares the ID Token's times with it.
  walk = await startProviderWalk(
    [google],
    Object.assign({ advance: () => undefined, jump: () => undefined }, systemClock),
  );
  oidc.registerRedirectUri(`${walk.app.url}/oauth/callback/google`);
});
afterEach(async () => {
  await walk.close();
  await oidc.close();
});

async function connectAnna(): Promise<string> {
  const { account, problem } = await walk.connect({
    user: 'anna',
    approve: (url) => oidc.approve(url, { login: 'anna' }),
  });
  if (!account) throw new Error(problem?.message);
  return account.id;
}

test('the request asks for offline access and for consent, and the account has a refresh token', async () => {
  const accountId = await connectAnna();
  const asked = new URL(oidc.requests.find(({ endpoint }) => endpoint === 'authorization')?.url ?? '', oidc.issuer);
  expect(Object.fromEntries(asked.searchParams)).toMatchObject({
    access_type: 'offline',
    prompt: 'consent',
    scope: 'openid profile email',
    nonce: expect.any(String),
    code_challenge_method: 'S256',
  });
  expect(await walk.account('anna', accountId)).toMatchObject({
    status: 'ACTIVE',
    externalId: 'anna',
    missingScopes: [],
  });
  expect((await walk.refresh('anna', accountId)).data).toMatchObject({ account: { status: 'ACTIVE' }, problem: null });
});

test('me is the userinfo endpoint of the discovery document; a token that was refused is renewed', async () => {
  await connectAnna();
  oidc.expireAccessTokens();
  expect((await walk.me('anna')).data).toMatchObject({ externalId: 'anna', name: 'Anna Example' });
  expect(formsTo(oidc.requests, 'token').at(-1)).toMatchObject({ grant_type: 'refresh_token' });
});

test('a grant that was withdrawn asks the user', async () => {
  const accountId = await connectAnna();
  oidc.revokeGrant('anna');
  expect((await walk.me('anna')).code).toBe('REAUTHORIZATION_REQUIRED');
  expect(await walk.account('anna', accountId)).toMatchObject({ status: 'NEEDS_REAUTHORIZATION' });
});

test('disconnecting revokes one token, which ends the grant; a grant that is gone counts as revoked', async () => {
  const accountId = await connectAnna();
  expect(await walk.disconnect('anna', accountId)).toBe('REVOKED');
  expect(formsTo(oidc.requests, 'revoke')).toMatchObject([{ token_type_hint: 'refresh_token' }]);

  const again = await connectAnna();
  const body = JSON.stringify({ error: 'invalid_token', error_description: 'Token expired or revoked' });
  oidc.interfere('revoke', { status: 400, headers: { 'content-type': 'application/json' }, body });
  expect(await walk.disconnect('anna', again)).toBe('REVOKED');
});

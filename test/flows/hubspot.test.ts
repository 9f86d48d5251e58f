import { afterEach, beforeEach, expect, test } from 'vitest';
import { startHubspotServer, type HubspotServer } from '../support/hubspot-server.js';
import { addressesOf, formsTo, startProviderWalk, type ProviderWalk } from '../support/provider-walk.js';
import { createTestClock } from '../support/test-clock.js';

const anna = { hubId: 62515, userId: 9001, email: 'anna@example.com' };
const TOKEN = '/oauth/2026-03/token';
const INTROSPECT = '/oauth/2026-03/token/introspect';
const REVOKE = '/oauth/2026-03/token/revoke';
const HALF_AN_HOUR = 1_800_000;

let hubspot: HubspotServer;
let walk: ProviderWalk;

beforeEach(async () => {
  const clock = createTestClock();
  hubspot = await startHubspotServer(clock);
  walk = await startProviderWalk([hubspot.provider()], clock);
});
afterEach(async () => {
  await walk.close();
  await hubspot.close();
});

async function connectAnna(): Promise<string> {
  const { account, problem } = await walk.connect({ user: 'anna', approve: (url) => hubspot.approve(url, anna) });
  if (!account) throw new Error(problem?.message);
  return account.id;
}

test('connecting sends everything in the form, and the account is the person in the portal', async () => {
  const accountId = await connectAnna();
  const [exchange, ...others] = formsTo(hubspot.requests, TOKEN);
  expect(others).toEqual([]);
  expect(exchange).toEqual({
    grant_type: 'authorization_code',
    code: expect.any(String),
    redirect_uri: `${walk.app.url}/oauth/callback/hubspot`,
    client_id: '11111111-2222-3333-4444-555555555555',
    client_secret: hubspot.clientSecret,
    code_verifier: expect.stringMatching(/^[\w-]{43,128}$/),
  });
  expect(hubspot.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  expect(await walk.account('anna', accountId)).toEqual({
    status: 'ACTIVE',
    externalId: '62515:9001',
    displayName: 'anna@example.com',
    grantedScopes: ['oauth', 'crm.objects.contacts.read'],
    missingScopes: [],
    expiresAt: new Date(walk.clock.now() + HALF_AN_HOUR).toISOString(),
    refreshTokenExpiresAt: null,
    lastError: null,
  });
});

test('the authorization request asks with spaces between scopes, a state and PKCE', async () => {
  await connectAnna();
  const asked = new URL(hubspot.requests[0]?.url ?? '', 'http://hubspot.example');
  expect(asked.pathname).toBe('/oauth/authorize');
  expect(Object.fromEntries(asked.searchParams)).toEqual({
    response_type: 'code',
    client_id: '11111111-2222-3333-4444-555555555555',
    redirect_uri: `${walk.app.url}/oauth/callback/hubspot`,
    scope: 'oauth crm.objects.contacts.read',
    state: expect.any(String),
    code_challenge: expect.stringMatching(/^[\w-]{43}$/),
    code_challenge_method: 'S256',
  });
});

test('me is an introspection with the client’s credentials, and shows no token', async () => {
  await connectAnna();
  const { data } = await walk.me('anna');
  expect(data).toMatchObject({ externalId: '62515:9001', name: 'anna@example.com', email: 'anna@example.com' });
  expect(data?.['raw']).toMatchObject({ hub_id: 62515, hub_domain: 'portal-62515.example', token_use: 'access_token' });
  expect(JSON.stringify(data)).not.toContain('planted');
  expect(formsTo(hubspot.requests, INTROSPECT).at(-1)).toEqual({
    token: expect.stringMatching(/^planted-hs-at-/),
    token_type_hint: 'access_token',
    client_id: '11111111-2222-3333-4444-555555555555',
    client_secret: hubspot.clientSecret,
  });
});

test('a token that is over is refreshed once, and the refresh token stays the same', async () => {
  const accountId = await connectAnna();
  for (const _ of [1, 2]) {
    walk.clock.advance(HALF_AN_HOUR);
    expect((await walk.me('anna')).data).toMatchObject({ externalId: '62515:9001' });
  }
  const refreshes = formsTo(hubspot.requests, TOKEN).slice(1);
  expect(refreshes).toHaveLength(2);
  expect(refreshes[0]).toEqual({
    grant_type: 'refresh_token',
    refresh_token: expect.stringMatching(/^planted-hs-rt-/),
    client_id: '11111111-2222-3333-4444-555555555555',
    client_secret: hubspot.clientSecret,
  });
  expect(refreshes[1]).toEqual(refreshes[0]);
  expect(await walk.account('anna', accountId)).toMatchObject({
    grantedScopes: ['oauth', 'crm.objects.contacts.read'],
    expiresAt: new Date(walk.clock.now() + HALF_AN_HOUR).toISOString(),
  });
});

test('a token that introspection calls inactive is refreshed before its time', async () => {
  const accountId = await connectAnna();
  hubspot.uninstall(anna.hubId);
  expect((await walk.me('anna')).code).toBe('REAUTHORIZATION_REQUIRED');
  expect(formsTo(hubspot.requests, TOKEN).at(-1)).toMatchObject({ grant_type: 'refresh_token' });
  expect(await walk.account('anna', accountId)).toMatchObject({
    status: 'NEEDS_REAUTHORIZATION',
    lastError: { code: 'INVALID_GRANT' },
  });
});

const says = (status: number, body: object) => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

test.each([
  ['error', says(400, { error: 'invalid_grant', status: 'SOMETHING_ELSE' }), 'REAUTHORIZATION_REQUIRED'],
  ['else status', says(400, { status: 'BAD_REFRESH_TOKEN', message: 'missing' }), 'REAUTHORIZATION_REQUIRED'],
  ['status of the client', says(400, { status: 'BAD_CLIENT_SECRET' }), 'PROVIDER_MISCONFIGURED'],
  ['else category', says(400, { category: 'VALIDATION_ERROR', correlationId: 'x' }), 'PROVIDER_UNAVAILABLE'],
  ['what is real', says(503, { status: 'BAD_REFRESH_TOKEN' }), 'PROVIDER_UNAVAILABLE'],
  ['a real 429', says(429, { status: 'BAD_REFRESH_TOKEN', policyName: 'DAILY' }), 'PROVIDER_RATE_LIMITED'],
])('a refusal is sorted by %s', async (_, answer, code) => {
  await connectAnna();
  walk.clock.advance(HALF_AN_HOUR);
  hubspot.answerTokenOnce(answer);
  expect((await walk.me('anna')).code).toBe(code);
});

test('only a dead grant asks the user; once a fault of the registration is over the next refresh works', async () => {
  const accountId = await connectAnna();
  walk.clock.advance(HALF_AN_HOUR);
  hubspot.answerTokenOnce(says(400, { status: 'BAD_CLIENT_SECRET', message: 'missing or invalid client secret' }));
  await walk.me('anna');
  expect(await walk.account('anna', accountId)).toMatchObject({
    status: 'ACTIVE',
    lastError: { code: 'INVALID_CLIENT' },
  });
  walk.clock.advance(30_000);
  expect((await walk.me('anna')).data).toMatchObject({ externalId: '62515:9001' });
});

test('a person who refuses connects nothing, and a code works once', async () => {
  const refused = await walk.connect({ user: 'anna', approve: (url) => hubspot.approve(url, 'refuses') });
  expect(refused).toMatchObject({ account: null, problem: { code: 'AUTHORIZATION_DENIED' } });
  expect(refused.problem?.message).not.toContain('planted');
  expect(formsTo(hubspot.requests, TOKEN)).toEqual([]);

  hubspot.answerTokenOnce(says(400, { status: 'BAD_AUTH_CODE', message: 'missing or unknown auth code' }));
  const late = await walk.connect({ user: 'anna', approve: (url) => hubspot.approve(url, anna) });
  expect(late).toMatchObject({ account: null, problem: { code: 'STATE_INVALID' } });
});

test('one person in two portals has two accounts', async () => {
  const first = await connectAnna();
  const elsewhere = { ...anna, hubId: 777 };
  const second = await walk.connect({ user: 'anna', approve: (url) => hubspot.approve(url, elsewhere) });
  expect(second.account?.id).not.toBe(first);
  expect((await walk.me('anna')).code).toBe('AMBIGUOUS_ACCOUNT');
});

test('disconnecting revokes the refresh token and nothing else', async () => {
  const accountId = await connectAnna();
  expect(await walk.disconnect('anna', accountId)).toBe('REVOKED');
  expect(formsTo(hubspot.requests, REVOKE)).toEqual([
    {
      token: expect.stringMatching(/^planted-hs-rt-/),
      token_type_hint: 'refresh_token',
      client_id: '11111111-2222-3333-4444-555555555555',
      client_secret: hubspot.clientSecret,
    },
  ]);
  expect((await walk.me('anna')).code).toBe('NOT_CONNECTED');
});

test('a grant that is dead already counts as revoked', async () => {
  const accountId = await connectAnna();
  hubspot.uninstall(anna.hubId);
  expect(await walk.disconnect('anna', accountId)).toBe('REVOKED');
});

test('no secret stands in an address, or in the log', async () => {
  const accountId = await connectAnna();
  walk.clock.advance(HALF_AN_HOUR);
  await walk.me('anna');
  await walk.disconnect('anna', accountId);
  expect(hubspot.requests.length).toBeGreaterThan(5);
  expect(addressesOf(hubspot.requests)).not.toContain('planted');
  expect(hubspot.requests.map((seen) => seen.body()).join()).toContain('planted-hs-rt');
  expect(walk.app.logLines.join('\n')).not.toContain('planted');
});

test('the first endpoints still work, and the log says at start when they close', async () => {
  const clock = createTestClock(Date.UTC(2026, 10, 24));
  const old = await startProviderWalk([hubspot.provider('hubspot-old', 'hubspot-v1')], clock);
  const { account } = await old.connect({ user: 'berta', approve: (url) => hubspot.approve(url, anna) });
  expect(account).toMatchObject({ status: 'ACTIVE', externalId: '62515:9001', missingScopes: [] });
  expect(formsTo(hubspot.requests, '/oauth/v1/token')).toHaveLength(1);
  const warning = old.app.logLines.find((line) => line.includes('provider.closes_soon'));
  expect(JSON.parse(warning ?? '{}')).toMatchObject({ provider: 'hubspot-old', closesOn: '2027-02-16', daysLeft: 84 });
  await old.close();
});

import { afterEach, beforeEach, expect, test } from 'vitest';
import { addressesOf, formsTo, startProviderWalk, type ProviderWalk } from '../support/provider-walk.js';
import { createTestClock } from '../support/test-clock.js';
import { answerWith, startWithingsServer, type WithingsServer } from '../support/withings-server.js';

const OAUTH = '/v2/oauth2';
const THREE_HOURS = 10_800_000;
const anna = 363;

let withings: WithingsServer;
let walk: ProviderWalk;

beforeEach(async () => {
  const clock = createTestClock();
  withings = await startWithingsServer(clock);
  walk = await startProviderWalk([withings.provider()], clock);
});
afterEach(async () => {
  await walk.close();
  await withings.close();
});

async function connectAnna(person: number | string = anna): Promise<string> {
  const { account, problem } = await walk.connect({ user: 'anna', approve: (url) => withings.approve(url, person) });
  if (!account) throw new Error(problem?.message);
  return account.id;
}

const refreshes = () => formsTo(withings.requests, OAUTH).filter((form) => form['grant_type'] === 'refresh_token');

test('connecting sends an action and scopes with commas, and the account is who the token answer names', async () => {
  const accountId = await connectAnna();
  const asked = new URL(withings.requests[0]?.url ?? '', 'http://withings.example');
  expect(Object.fromEntries(asked.searchParams)).toEqual({
    response_type: 'code',
    client_id: 'withings-client',
    redirect_uri: `${walk.app.url}/oauth/callback/withings`,
    scope: 'user.info,user.metrics,user.activity',
    state: expect.any(String),
    code_challenge: expect.any(String),
    code_challenge_method: 'S256',
  });
  expect(formsTo(withings.requests, OAUTH)).toEqual([
    {
      action: 'requesttoken',
      grant_type: 'authorization_code',
      client_id: 'withings-client',
      client_secret: withings.clientSecret,
      code: expect.any(String),
      redirect_uri: `${walk.app.url}/oauth/callback/withings`,
      code_verifier: expect.any(String),
    },
  ]);
  expect(await walk.account('anna', accountId)).toEqual({
    status: 'ACTIVE',
    externalId: '363',
    displayName: null,
    grantedScopes: ['user.info', 'user.metrics', 'user.activity'],
    missingScopes: [],
    expiresAt: new Date(walk.clock.now() + THREE_HOURS).toISOString(),
    refreshTokenExpiresAt: new Date(walk.clock.now() + 365 * 86_400_000).toISOString(),
    lastError: null,
  });
});

test('a userid is the same person as a number and as a text', async () => {
  const first = await connectAnna(363);
  expect(await connectAnna('363')).toBe(first);
});

test('me asks with the token in its header, and the person is the account’s own', async () => {
  await connectAnna();
  const { data } = await walk.me('anna');
  expect(data).toMatchObject({ externalId: '363', name: null, raw: { devices: [{ model: 'Body+' }] } });
  const seen = withings.requests.findLast(({ endpoint }) => endpoint === '/v2/user');
  expect(Object.fromEntries(seen?.form() ?? [])).toEqual({ action: 'getdevice' });
  expect(seen?.headers.authorization).toMatch(/^Bearer planted-wi-at-/);
});

test('each refresh brings a new refresh token, which the next one uses', async () => {
  const accountId = await connectAnna();
  for (const _ of [1, 2]) {
    walk.clock.advance(THREE_HOURS);
    expect((await walk.me('anna')).data).toMatchObject({ externalId: '363' });
  }
  expect(refreshes()[0]).toEqual({
    action: 'requesttoken',
    grant_type: 'refresh_token',
    client_id: 'withings-client',
    client_secret: withings.clientSecret,
    refresh_token: expect.stringMatching(/^planted-wi-rt-/),
  });
  expect(new Set(refreshes().map((form) => form['refresh_token'])).size).toBe(2);
  expect(await walk.account('anna', accountId)).toMatchObject({
    refreshTokenExpiresAt: new Date(walk.clock.now() + 365 * 86_400_000).toISOString(),
  });
});

test('an answer that was lost is fetched again with the old refresh token, within its grace', async () => {
  await connectAnna();
  walk.clock.advance(THREE_HOURS);
  withings.loseAnswerOnce('requesttoken');
  expect((await walk.me('anna')).code).toBe('PROVIDER_UNAVAILABLE');
  walk.clock.advance(7 * 3_600_000);
  expect((await walk.me('anna')).data).toMatchObject({ externalId: '363' });
  const [lost, again] = refreshes();
  expect(again?.['refresh_token']).toBe(lost?.['refresh_token']);
});

test('past the grace the grant is gone, and the account says that an answer was lost', async () => {
  const accountId = await connectAnna();
  walk.clock.advance(THREE_HOURS);
  withings.loseAnswerOnce('requesttoken');
  await walk.me('anna');
  walk.clock.advance(9 * 3_600_000);
  expect((await walk.me('anna')).code).toBe('REAUTHORIZATION_REQUIRED');
  expect(await walk.account('anna', accountId)).toMatchObject({
    status: 'NEEDS_REAUTHORIZATION',
    lastError: { code: 'OUTCOME_UNKNOWN' },
  });
});

test('a status 503 in the answer is a dead grant; a real 503 is an outage', async () => {
  const accountId = await connectAnna();
  walk.clock.advance(THREE_HOURS);
  withings.answerOnce('requesttoken', { status: 503, body: 'Service Unavailable' });
  expect((await walk.me('anna')).code).toBe('PROVIDER_UNAVAILABLE');
  expect(await walk.account('anna', accountId)).toMatchObject({
    status: 'ACTIVE',
    lastError: { code: 'PROVIDER_ERROR' },
  });

  walk.clock.advance(1_000);
  withings.answerOnce('requesttoken', answerWith(503, 'Invalid Params: invalid refresh_token'));
  expect((await walk.me('anna')).code).toBe('REAUTHORIZATION_REQUIRED');
  expect(await walk.account('anna', accountId)).toMatchObject({
    status: 'NEEDS_REAUTHORIZATION',
    lastError: { code: 'INVALID_GRANT' },
  });
});

test.each([
  [503, 'Invalid Params: invalid client id/secret', 'PROVIDER_MISCONFIGURED', 'ACTIVE'],
  [503, 'Invalid Params: missing something', 'REAUTHORIZATION_REQUIRED', 'NEEDS_REAUTHORIZATION'],
  [601, 'Too Many Requests', 'PROVIDER_RATE_LIMITED', 'ACTIVE'],
  [522, 'Timeout', 'PROVIDER_UNAVAILABLE', 'ACTIVE'],
  [401, 'Unauthorized', 'REAUTHORIZATION_REQUIRED', 'NEEDS_REAUTHORIZATION'],
  [2554, 'Not implemented', 'PROVIDER_UNAVAILABLE', 'ACTIVE'],
  [987654, 'never heard of', 'PROVIDER_UNAVAILABLE', 'ACTIVE'],
])('a refresh that is refused with %i "%s" is %s', async (status, error, code, becomes) => {
  const accountId = await connectAnna();
  walk.clock.advance(THREE_HOURS);
  withings.answerOnce('requesttoken', answerWith(status, error));
  expect((await walk.me('anna')).code).toBe(code);
  expect(await walk.account('anna', accountId)).toMatchObject({ status: becomes });
});

test('the wait that an answer names is kept', async () => {
  await connectAnna();
  walk.clock.advance(THREE_HOURS);
  withings.answerOnce('requesttoken', answerWith(601, 'Too Many Requests', { wait_seconds: 40 }));
  await walk.me('anna');
  walk.clock.advance(39_000);
  expect((await walk.me('anna')).code).toBe('PROVIDER_RATE_LIMITED');
  expect(refreshes()).toHaveLength(1);
  walk.clock.advance(1_000);
  expect((await walk.me('anna')).data).toMatchObject({ externalId: '363' });
});

test('a data call that is refused with 401 in the answer renews the token once', async () => {
  await connectAnna();
  withings.answerOnce('getdevice', answerWith(401, 'invalid_token'));
  expect((await walk.me('anna')).data).toMatchObject({ externalId: '363' });
  expect(refreshes()).toHaveLength(1);
});

test('a code that is older than 30 seconds connects nothing', async () => {
  const late = await walk.connect({
    user: 'anna',
    approve: async (url) => {
      const callbackUrl = await withings.approve(url, anna);
      walk.clock.advance(31_000);
      return callbackUrl;
    },
  });
  expect(late).toMatchObject({ account: null, problem: { code: 'STATE_INVALID' } });
  expect(withings.isConnected(anna)).toBe(false);
});

test('without the scope that me needs the account is connected, and me says which scope it lacks', async () => {
  const { account } = await walk.connect({
    user: 'anna',
    scopes: ['user.metrics'],
    approve: (url) => withings.approve(url, anna),
  });
  expect(account).toMatchObject({ status: 'ACTIVE', externalId: '363' });
  expect((await walk.me('anna')).code).toBe('SCOPE_MISSING');
});

test('disconnecting is signed with a nonce that was asked for, and neither secret nor token goes out', async () => {
  const accountId = await connectAnna();
  expect(await walk.disconnect('anna', accountId)).toBe('REVOKED');
  expect(withings.isConnected(anna)).toBe(false);
  expect(formsTo(withings.requests, '/v2/signature')).toEqual([
    {
      action: 'getnonce',
      client_id: 'withings-client',
      timestamp: String(Math.floor(walk.clock.now() / 1000)),
      signature: expect.stringMatching(/^[0-9a-f]{64}$/),
    },
  ]);
  expect(formsTo(withings.requests, OAUTH).at(-1)).toEqual({
    action: 'revoke',
    client_id: 'withings-client',
    nonce: expect.any(String),
    signature: expect.stringMatching(/^[0-9a-f]{64}$/),
    userid: '363',
  });
});

test('a revocation for which no nonce is to be had is tried again later', async () => {
  const accountId = await connectAnna();
  withings.answerOnce('getnonce', answerWith(522, 'Timeout'));
  expect(await walk.disconnect('anna', accountId)).toBe('FAILED_WILL_RETRY');
  expect(withings.isConnected(anna)).toBe(true);
});

test('the server takes each nonce once, so a revocation that is sent again is refused', async () => {
  const accountId = await connectAnna();
  await walk.disconnect('anna', accountId);
  const seen = withings.requests.at(-1);
  const again = await fetch(`${withings.origin}${seen?.url}`, { method: 'POST', body: seen?.form() ?? null });
  expect(await again.json()).toMatchObject({ status: 100 });
});

test('no secret stands in an address, or in the log', async () => {
  const accountId = await connectAnna();
  walk.clock.advance(THREE_HOURS);
  await walk.me('anna');
  await walk.disconnect('anna', accountId);
  expect(addressesOf(withings.requests)).not.toContain('planted');
  expect(withings.requests.map((seen) => seen.body()).join()).toContain('planted-withings-secret');
  expect(walk.app.logLines.join('\n')).not.toContain('planted');
});

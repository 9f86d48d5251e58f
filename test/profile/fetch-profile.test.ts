import { afterEach, beforeEach, expect, test } from 'vitest';
import { Secret } from '../../src/secret.js';
import { startHostileServer, type HostileServer } from '../support/hostile-server.js';
import { connect, createOAuthParts, type OAuthParts } from '../support/oauth-parts.js';
import { startOidcProvider, testProvider } from '../support/oidc-provider.js';

let server: HostileServer;
let parts: OAuthParts;

beforeEach(async () => {
  server = await startHostileServer();
  parts = createOAuthParts();
});

afterEach(async () => {
  await parts.outbound.close();
  await server.close();
});

const accessToken = Secret.of('planted-access-token');
const fetchProfile = (subject: string | null = null) =>
  parts.profiles.fetch({ provider: testProvider(server.origin), accessToken, subject });
const failure = (subject: string | null = null) => fetchProfile(subject).catch((error: unknown) => error);

test('a real provider says who an access token belongs to', async () => {
  const oidc = await startOidcProvider();
  const tokens = await connect(parts, oidc);
  const profile = await parts.profiles.fetch({
    provider: oidc.provider(),
    accessToken: tokens.accessToken,
    subject: tokens.subject,
  });
  expect(profile).toEqual({
    externalId: 'anna',
    name: 'Anna Example',
    email: 'anna@example.com',
    avatarUrl: 'https://pictures.example/anna.png',
    raw: {
      sub: 'anna',
      name: 'Anna Example',
      email: 'anna@example.com',
      email_verified: true,
      picture: 'https://pictures.example/anna.png',
    },
    providerValues: {},
  });
  await oidc.close();
});

test('a real provider refuses an access token that is over', async () => {
  const oidc = await startOidcProvider();
  const tokens = await connect(parts, oidc);
  oidc.expireAccessTokens();
  const failing = parts.profiles.fetch({ provider: oidc.provider(), accessToken: tokens.accessToken });
  await expect(failing).rejects.toMatchObject({ name: 'AccessTokenRefused', providerId: 'test' });
  await oidc.close();
});

test('the token goes into the Authorization header and nowhere else', async () => {
  server.answerJson('/me', { sub: 'anna' });
  await fetchProfile();
  const seen = server.requests.find((one) => one.endpoint === '/me');
  expect(seen).toMatchObject({ method: 'GET', url: '/me' });
  expect(seen?.headers.authorization).toBe('Bearer planted-access-token');
  expect(seen?.body()).toBe('');
});

test('a userinfo redirect is not followed, so the token goes to nobody else', async () => {
  const other = await startHostileServer();
  server.answer('/me', { status: 307, headers: { location: `${other.origin}/me` } });
  expect(await failure()).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
  expect(other.requests).toHaveLength(0);
  await other.close();
});

test('the person has to be the one who is known', async () => {
  server.answerJson('/me', { sub: 'anna', name: 'planted' });
  await expect(fetchProfile('anna')).resolves.toMatchObject({ externalId: 'anna' });
  for (const subject of ['bert', 'Anna', 'anna ', '']) {
    const fault = await failure(subject);
    expect(fault, subject).toMatchObject({ code: 'PROVIDER_MISCONFIGURED' });
    expect(JSON.stringify(fault)).not.toContain('planted');
  }
});

test.each([{}, { sub: '' }, { sub: 7 }, { sub: null }, { sub: ['anna'] }])(
  'a profile with %j for its person is not used',
  async (claims) => {
    server.answerJson('/me', { name: 'Anna', ...claims });
    expect(await failure()).toMatchObject({ code: 'PROVIDER_MISCONFIGURED' });
  },
);

test('a refusal is told apart from an outage', async () => {
  server.answer('/me', { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } });
  expect(await failure()).toMatchObject({ name: 'AccessTokenRefused' });
  server.answer('/me', { status: 403, headers: { 'www-authenticate': 'Bearer error="insufficient_scope"' } });
  expect(await failure()).toMatchObject({ code: 'SCOPE_MISSING', facts: { missingScopes: ['openid'] } });
});

test('a provider that asks for patience says for how long', async () => {
  server.answer('/me', { status: 429, headers: { 'retry-after': '30' }, body: 'planted' });
  expect(await failure()).toMatchObject({
    code: 'PROVIDER_RATE_LIMITED',
    facts: { retryAfterSeconds: 30 },
    message: expect.stringContaining('30 seconds'),
  });
});

test.each([
  ['500', { status: 500, body: 'planted' }],
  ['503', { status: 503 }],
  ['403', { status: 403, body: '<html>planted</html>' }],
  ['404', { status: 404 }],
  ['204', { status: 204 }],
  ['a page', { status: 200, body: '<html>planted</html>' }],
  ['a list', { status: 200, body: '[{"sub":"anna"}]' }],
  ['a doubled key', { status: 200, body: '{"sub":"anna","sub":"bert"}' }],
  ['bytes', { status: 200, body: new Uint8Array([0xff, 0xfe, 0]) }],
  ['half a megabyte and more', { status: 200, body: JSON.stringify({ sub: 'anna', x: 'y'.repeat(600_000) }) }],
  ['endless', { status: 200, manner: 'endless' }],
  ['cut', { status: 200, manner: 'cut', body: '{"sub":"an' }],
  ['reset', { status: 200, manner: 'reset' }],
  ['depth', { status: 200, body: `{"sub":"anna","a":${'['.repeat(5000)}${']'.repeat(5000)}}` }],
] as const)('%s is PROVIDER_UNAVAILABLE without a word of the provider', async (_what, answer) => {
  server.answer('/me', answer);
  const fault = await failure();
  expect(fault).toMatchObject({ name: 'Fault', code: 'PROVIDER_UNAVAILABLE', facts: { provider: 'test' } });
  expect(JSON.stringify(fault) + (fault as Error).message).not.toContain('planted');
});

test('a provider that says nothing is given up after ten seconds', async () => {
  server.answer('/me', { status: 200, manner: 'silent' });
  const failing = failure();
  await server.arrival('/me');
  parts.clock.advance(10_000);
  expect(await failing).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
});

test('a provider without userinfo, or with a signed one, is the operator’s to mend', async () => {
  server.answer('/me', { status: 200, headers: { 'content-type': 'application/jwt' }, body: 'eyJ.eyJ.x' });
  expect(await failure()).toMatchObject({ code: 'PROVIDER_MISCONFIGURED' });
  const plain = await startHostileServer();
  plain.describe({ userinfo_endpoint: undefined });
  await expect(
    parts.profiles.fetch({ provider: testProvider(plain.origin, { id: 'plain' }), accessToken }),
  ).rejects.toMatchObject({ code: 'PROVIDER_MISCONFIGURED' });
  await plain.close();
});

test('no fault holds the access token', async () => {
  for (const answer of [
    { status: 500, body: accessToken.expose() },
    { status: 401 },
    { status: 200, manner: 'reset' as const },
  ]) {
    server.answer('/me', answer);
    const fault = (await failure()) as Error & { detail?: string };
    const told = `${fault.message} ${fault.stack} ${fault.detail} ${JSON.stringify(fault)} ${String(fault.cause)}`;
    expect(told).not.toContain(accessToken.expose());
  }
  expect(server.requests.map((seen) => seen.headers.authorization).join()).toContain(accessToken.expose()); // control
});

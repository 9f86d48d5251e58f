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

const pair = () => ({
  provider: testProvider(server.origin),
  accessToken: Secret.of('planted-at'),
  refreshToken: Secret.of('planted-rt'),
});
const revocations = () => server.requests.filter((seen) => seen.endpoint === '/revoke');

test('at a real provider both tokens are dead after a revocation', async () => {
  const oidc = await startOidcProvider();
  const provider = oidc.provider();
  const { accessToken, refreshToken } = await connect(parts, oidc);
  await expect(parts.profiles.fetch({ provider, accessToken })).resolves.toMatchObject({ externalId: 'anna' });
  expect(await parts.revocation.revokePair({ provider, accessToken, refreshToken })).toBe('REVOKED');
  expect(oidc.counts.revoke).toBe(2);
  await expect(parts.profiles.fetch({ provider, accessToken })).rejects.toMatchObject({ name: 'AccessTokenRefused' });
  expect(await parts.refreshGrant.refresh({ provider, refreshToken: refreshToken!, scopes: null })).toMatchObject({
    code: 'INVALID_GRANT',
  });
  await oidc.close();
});

test('the refresh token goes first, then the access token, each in the body with its hint', async () => {
  server.answer('/revoke', { status: 200 });
  expect(await parts.revocation.revokePair(pair())).toBe('REVOKED');
  expect(revocations().map((seen) => Object.fromEntries(seen.form()))).toEqual([
    { token: 'planted-rt', token_type_hint: 'refresh_token' },
    { token: 'planted-at', token_type_hint: 'access_token' },
  ]);
  expect(revocations().every((seen) => seen.headers.authorization?.startsWith('Basic '))).toBe(true);
  expect(server.requests.map((seen) => seen.url).join()).not.toContain('planted');
});

test('without a refresh token the access token alone is revoked', async () => {
  server.answer('/revoke', { status: 204 });
  expect(await parts.revocation.revokePair({ ...pair(), refreshToken: null })).toBe('REVOKED');
  expect(revocations()).toHaveLength(1);
});

test('a provider without a revocation endpoint does not support it, and nothing is sent', async () => {
  server.describe({ revocation_endpoint: undefined });
  expect(await parts.revocation.revokePair(pair())).toBe('NOT_SUPPORTED');
  expect(revocations()).toHaveLength(0);
});

test.each([
  [{ status: 503, headers: { 'retry-after': '5' } }, 'FAILED'],
  [{ status: 429 }, 'FAILED'],
  [{ status: 401, body: '{"error":"invalid_client"}' }, 'FAILED'],
  [{ status: 302, headers: { location: '/' } }, 'FAILED'],
  [{ status: 200, manner: 'reset' }, 'FAILED'],
  [{ status: 400, body: '{"error":"unsupported_token_type"}' }, 'NOT_SUPPORTED'],
] as const)('%j means %s, and never throws', async (answer, outcome) => {
  server.answer('/revoke', answer);
  expect(await parts.revocation.revokePair(pair())).toBe(outcome);
});

test('an access token that lives on because its revocation failed is a failure', async () => {
  server.answerEach('/revoke', (seen) => ({ status: seen.form().get('token') === 'planted-rt' ? 200 : 503 }));
  expect(await parts.revocation.revokePair(pair())).toBe('FAILED');
});

test('a provider that revokes access tokens alone is still asked to', async () => {
  server.answerEach('/revoke', (seen) =>
    seen.form().get('token') === 'planted-at'
      ? { status: 200 }
      : { status: 400, body: '{"error":"unsupported_token_type"}' },
  );
  expect(await parts.revocation.revokePair(pair())).toBe('REVOKED');
});

test('an access token that cannot be revoked does not undo the revoked grant', async () => {
  server.answerEach('/revoke', (seen) =>
    seen.form().get('token') === 'planted-rt'
      ? { status: 200 }
      : { status: 400, body: '{"error":"unsupported_token_type"}' },
  );
  expect(await parts.revocation.revokePair(pair())).toBe('REVOKED');
});

test('a provider that is down is asked once, not once a token', async () => {
  server.answer('/revoke', { status: 503 });
  expect(await parts.revocation.revokePair(pair())).toBe('FAILED');
  expect(revocations()).toHaveLength(1);
});

test('a provider that cannot be asked is a failure', async () => {
  server.answer('/.well-known/openid-configuration', { status: 500 });
  expect(await parts.revocation.revokePair(pair())).toBe('FAILED');
});

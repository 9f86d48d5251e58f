import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RefreshOutcome } from '../../src/oauth/refresh-grant.js';
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

const refreshToken = Secret.of('planted-refresh-token');
const refresh = (scopes: string[] | null = null): Promise<RefreshOutcome> =>
  parts.refreshGrant.refresh({ provider: testProvider(server.origin), refreshToken, scopes });

test('a real provider gives a new pair for the old refresh token, once', async () => {
  const oidc = await startOidcProvider();
  const { refreshToken: first } = await connect(parts, oidc);
  const renew = (token: Secret) =>
    parts.refreshGrant.refresh({ provider: oidc.provider(), refreshToken: token, scopes: null });
  const outcome = await renew(first!);
  if (outcome.kind !== 'granted') throw new Error(outcome.why);
  expect(outcome.answer.refreshToken?.equals(first!)).toBe(false);
  expect(outcome.answer.expiresAt).toBe(parts.clock.now() + 600_000);
  expect(outcome.answer.subject).toBeNull();
  expect(await renew(first!)).toMatchObject({ kind: 'failed', code: 'INVALID_GRANT' });
  // RFC 9700 §4.14.2: the replay has ended the whole grant.
  expect(await renew(outcome.answer.refreshToken!)).toMatchObject({ kind: 'failed', code: 'INVALID_GRANT' });
  await oidc.close();
});

test('the refresh is one post with the token in its body and nowhere else', async () => {
  server.answerJson('/token', { access_token: 'a', token_type: 'Bearer' });
  await refresh();
  const posts = server.requests.filter((seen) => seen.endpoint === '/token');
  expect(posts).toHaveLength(1);
  expect(posts[0]).toMatchObject({ method: 'POST', url: '/token' });
  expect(Object.fromEntries(posts[0]!.form())).toEqual({
    grant_type: 'refresh_token',
    refresh_token: 'planted-refresh-token',
  });
  expect(posts[0]!.headers.authorization).toMatch(/^Basic /);
});

test('scopes are named only where fewer are wanted, the resource where the provider declares one', async () => {
  server.answerJson('/token', { access_token: 'a', token_type: 'Bearer' });
  await refresh(['openid', 'email']);
  const provider = testProvider(server.origin, { resource: 'https://api.example/' });
  await parts.refreshGrant.refresh({ provider, refreshToken, scopes: null });
  const [first, second] = server.requests.filter((seen) => seen.endpoint === '/token').map((seen) => seen.form());
  expect(first?.get('scope')).toBe('openid email');
  expect(second?.get('scope')).toBeNull();
  expect(second?.get('resource')).toBe('https://api.example/');
});

test('no refresh token in the answer is null, so that the old one is kept', async () => {
  server.answerJson('/token', { access_token: 'a', token_type: 'Bearer', expires_in: 60 });
  const outcome = await refresh();
  expect(outcome).toMatchObject({ kind: 'granted', answer: { refreshToken: null, grantedScopes: null } });
  expect(outcome.kind === 'granted' && outcome.answer.expiresAt).toBe(parts.clock.now() + 60_000);
});

test('an end is counted from when the request was sent, not from when the answer came', async () => {
  const sentAt = parts.clock.now();
  server.answerEach('/token', () => {
    parts.clock.advance(4_000);
    return { status: 200, body: '{"access_token":"a","token_type":"Bearer","expires_in":60}' };
  });
  expect(await refresh()).toMatchObject({ answer: { expiresAt: sentAt + 60_000 } });
});

test('an ID Token that comes along is not believed', async () => {
  server.answerJson('/token', { access_token: 'a', token_type: 'Bearer', id_token: 'not.even.one' });
  expect(await refresh()).toMatchObject({ kind: 'granted', answer: { subject: null } });
});

const json = (status: number, body: unknown, headers = {}) => ({ status, headers, body: JSON.stringify(body) });

test.each([
  ['invalid_grant', json(400, { error: 'invalid_grant' }), 'INVALID_GRANT', 'no'],
  ['invalid_grant with 401', json(401, { error: 'invalid_grant' }), 'INVALID_GRANT', 'no'],
  ['invalid_grant with 200', json(200, { error: 'invalid_grant' }), 'INVALID_GRANT', 'no'],
  ['invalid_client', json(401, { error: 'invalid_client' }), 'INVALID_CLIENT', 'no'],
  ['unauthorized_client', json(400, { error: 'unauthorized_client' }), 'INVALID_CLIENT', 'no'],
  ['401 without words', { status: 401 }, 'INVALID_CLIENT', 'no'],
  ['invalid_request', json(400, { error: 'invalid_request' }), 'PROVIDER_ERROR', 'no'],
  ['an unknown error', json(400, { error: 'planted' }), 'PROVIDER_ERROR', 'no'],
  ['an error named after a method', json(400, { error: 'constructor' }), 'PROVIDER_ERROR', 'no'],
  ['slow_down', json(400, { error: 'slow_down' }), 'RATE_LIMITED', 'no'],
  ['429', { status: 429 }, 'RATE_LIMITED', 'no'],
  ['429 that says invalid_grant', json(429, { error: 'invalid_grant' }), 'RATE_LIMITED', 'no'],
  ['500', { status: 500 }, 'PROVIDER_ERROR', 'no'],
  ['503 that says invalid_grant', json(503, { error: 'invalid_grant' }), 'PROVIDER_ERROR', 'no'],
  ['a redirect', { status: 302, headers: { location: 'https://evil.example' } }, 'UNREADABLE_ANSWER', 'no'],
  ['a page with 400', { status: 400, body: '<html>' }, 'UNREADABLE_ANSWER', 'no'],
  ['a page with 200', { status: 200, body: '<html>' }, 'UNREADABLE_ANSWER', 'unknown'],
  ['204', { status: 204 }, 'UNREADABLE_ANSWER', 'unknown'],
  [
    'a doubled key',
    { status: 200, body: '{"access_token":"a","token_type":"bearer","access_token":"b"}' },
    'UNREADABLE_ANSWER',
    'unknown',
  ],
  ['too long', { status: 200, body: 'x'.repeat(65_537) }, 'UNREADABLE_ANSWER', 'unknown'],
  ['endless', { status: 200, manner: 'endless' }, 'UNREADABLE_ANSWER', 'unknown'],
  ['reset', { status: 200, manner: 'reset' }, 'TIMED_OUT', 'unknown'],
  ['cut', { status: 200, manner: 'cut', body: '{"access' }, 'TIMED_OUT', 'unknown'],
] as const)('%s is sorted, and is not sent again', async (_what, answer, code, spent) => {
  server.answer('/token', answer);
  const outcome = await refresh();
  expect(outcome).toMatchObject({ kind: 'failed', code, spent, retryAfterSeconds: null });
  expect(server.requests.filter((seen) => seen.endpoint === '/token')).toHaveLength(1);
  expect(JSON.stringify(outcome)).not.toContain('planted');
});

test('no answer in fifteen seconds leaves open whether the token was spent', async () => {
  server.answer('/token', { status: 200, manner: 'silent' });
  const running = refresh();
  await server.arrival('/token');
  parts.clock.advance(15_000);
  expect(await running).toMatchObject({ kind: 'failed', code: 'TIMED_OUT', spent: 'unknown' });
});

test('a provider that cannot be reached has not got the token', async () => {
  await parts.discovery.metadata(testProvider(server.origin));
  await server.close();
  expect(await refresh()).toMatchObject({ kind: 'failed', code: 'PROVIDER_ERROR', spent: 'no' });
  server = await startHostileServer();
});

test('without a discovery document nothing is sent, and an outage is not taken for a wrong issuer', async () => {
  server.answer('/.well-known/openid-configuration', { status: 503 });
  expect(await refresh()).toMatchObject({ kind: 'failed', code: 'PROVIDER_ERROR', spent: 'no' });
  server.describe({ issuer: 'https://evil.example' });
  expect(await refresh()).toMatchObject({ kind: 'failed', code: 'UNREADABLE_ANSWER', spent: 'no' });
  expect(server.requests.some((seen) => seen.endpoint === '/token')).toBe(false);
});

test('Retry-After is passed on in seconds, also where it is a date', async () => {
  server.answer('/token', { status: 429, headers: { 'retry-after': '120' } });
  expect(await refresh()).toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: 120 });
  const at = new Date(parts.clock.now() + 90_000).toUTCString();
  server.answer('/token', { status: 503, headers: { 'retry-after': at } });
  expect(await refresh()).toMatchObject({ code: 'PROVIDER_ERROR', retryAfterSeconds: 90 });
});

test('an answer with 201 is taken: a token that was granted is not thrown away for its status', async () => {
  server.answer('/token', json(201, { access_token: 'a', token_type: 'Bearer', refresh_token: 'r' }));
  expect(await refresh()).toMatchObject({ kind: 'granted' });
});

import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startOidcProvider, type TestOidcProvider } from '../support/oidc-provider.js';
import { createOAuthParts, type OAuthParts } from '../support/oauth-parts.js';
import { startHostileServer } from '../support/hostile-server.js';
import { testProvider } from '../support/oidc-provider.js';

let oidc: TestOidcProvider;
let parts: OAuthParts;

beforeEach(async () => {
  oidc = await startOidcProvider();
  parts = createOAuthParts();
});

afterEach(async () => {
  await parts.outbound.close();
  await oidc.close();
});

const toPrepare = () => ({
  provider: oidc.provider(),
  redirectUri: oidc.redirectUri,
  scopes: ['openid', 'email'],
  loginHint: null,
});

test('the authorization URL asks for a code with PKCE S256 and carries what was given', async () => {
  const prepared = await parts.requests.prepare({ ...toPrepare(), loginHint: 'anna@example.com' });
  const url = new URL(prepared.authorizationUrl);
  expect(`${url.origin}${url.pathname}`).toBe(`${oidc.issuer}/auth`);
  expect(Object.fromEntries(url.searchParams)).toEqual({
    prompt: 'consent',
    response_type: 'code',
    client_id: oidc.client.id,
    redirect_uri: oidc.redirectUri,
    scope: 'openid email',
    state: prepared.state.expose(),
    code_challenge: createHash('sha256').update(prepared.codeVerifier.expose()).digest('base64url'),
    code_challenge_method: 'S256',
    nonce: prepared.nonce?.expose(),
    login_hint: 'anna@example.com',
  });
});

test('state, verifier and nonce are 256 random bits each, new each time, and three different values', async () => {
  const both = [await parts.requests.prepare(toPrepare()), await parts.requests.prepare(toPrepare())];
  const values = both.flatMap((one) => [one.state, one.codeVerifier, one.nonce].map((value) => value?.expose() ?? ''));
  expect(new Set(values).size).toBe(6);
  for (const value of values) {
    expect(value).toMatch(/^[A-Za-z0-9_-]{43}$/); // RFC 7636 §4.1: 43 to 128 characters
    expect(Buffer.from(value, 'base64url')).toHaveLength(32);
  }
});

test('the verifier is nowhere in the URL', async () => {
  const prepared = await parts.requests.prepare(toPrepare());
  expect(prepared.authorizationUrl).not.toContain(prepared.codeVerifier.expose());
});

test('without openid there is no nonce', async () => {
  const prepared = await parts.requests.prepare({ ...toPrepare(), scopes: ['email'] });
  expect(prepared.nonce).toBeNull();
  expect(new URL(prepared.authorizationUrl).searchParams.has('nonce')).toBe(false);
});

test("the operator's parameters cannot stand over the protocol's", async () => {
  const authorizationParameters = {
    response_type: 'token',
    client_id: 'evil',
    redirect_uri: 'https://evil.example',
    state: 'fixed',
    code_challenge_method: 'plain',
    nonce: 'fixed',
    scope: 'admin',
    access_type: 'offline',
  };
  const prepared = await parts.requests.prepare({
    ...toPrepare(),
    provider: oidc.provider({ authorizationParameters }),
  });
  const query = new URL(prepared.authorizationUrl).searchParams;
  expect(query.get('response_type')).toBe('code');
  expect(query.get('client_id')).toBe(oidc.client.id);
  expect(query.get('redirect_uri')).toBe(oidc.redirectUri);
  expect(query.get('state')).toBe(prepared.state.expose());
  expect(query.get('code_challenge_method')).toBe('S256');
  expect(query.get('nonce')).toBe(prepared.nonce?.expose());
  expect(query.get('scope')).toBe('openid email');
  expect(query.get('access_type')).toBe('offline');
  expect([...query.keys()].length).toBe(new Set(query.keys()).size);
});

test('a resource is named where the provider declares one', async () => {
  const provider = oidc.provider({ resource: 'https://api.example/' });
  const prepared = await parts.requests.prepare({ ...toPrepare(), provider });
  expect(new URL(prepared.authorizationUrl).searchParams.get('resource')).toBe('https://api.example/');
});

test('a query that the authorization endpoint brings along is kept', async () => {
  const server = await startHostileServer();
  server.describe({ authorization_endpoint: `${server.origin}/auth?tenant=7&state=old` });
  const prepared = await parts.requests.prepare({ ...toPrepare(), provider: testProvider(server.origin) });
  const query = new URL(prepared.authorizationUrl).searchParams;
  expect(query.get('tenant')).toBe('7');
  expect(query.getAll('state')).toEqual([prepared.state.expose()]);
  await server.close();
});

test('a pushed request is sent where the provider demands it, and only its reference is in the URL', async () => {
  const demanding = await startOidcProvider({ requirePar: true });
  const prepared = await parts.requests.prepare({ ...toPrepare(), provider: demanding.provider() });
  const query = new URL(prepared.authorizationUrl).searchParams;
  expect([...query.keys()].toSorted()).toEqual(['client_id', 'request_uri']);
  const pushed = demanding.requests.find((seen) => seen.endpoint === 'par');
  expect(pushed?.form().get('state')).toBe(prepared.state.expose());
  expect(pushed?.form().get('code_challenge_method')).toBe('S256');
  expect(pushed?.headers.authorization).toMatch(/^Basic /);
  await demanding.close();
});

test('a pushed request is not sent where the provider does not demand it', async () => {
  await parts.requests.prepare(toPrepare());
  expect(oidc.counts.par).toBe(0);
});

test('a pushed request is sent anew for each authorization: its reference works once', async () => {
  const demanding = await startOidcProvider({ requirePar: true });
  const provider = demanding.provider();
  const first = await parts.requests.prepare({ ...toPrepare(), provider });
  const second = await parts.requests.prepare({ ...toPrepare(), provider });
  expect(first.authorizationUrl).not.toBe(second.authorizationUrl);
  expect(demanding.counts.par).toBe(2);
  await demanding.close();
});

test.each([
  [{ status: 401, body: '{"error":"invalid_client","error_description":"planted"}' }, 'PROVIDER_MISCONFIGURED'],
  [{ status: 400, body: '{"error":"invalid_request"}' }, 'PROVIDER_MISCONFIGURED'],
  [{ status: 429, headers: { 'retry-after': '9' } }, 'PROVIDER_RATE_LIMITED'],
  [{ status: 503 }, 'PROVIDER_UNAVAILABLE'],
  [{ status: 302, headers: { location: '/' } }, 'PROVIDER_MISCONFIGURED'],
  [{ status: 201, body: '<html>planted</html>' }, 'PROVIDER_UNAVAILABLE'],
  [{ status: 201, body: '{"request_uri":""}' }, 'PROVIDER_UNAVAILABLE'],
  ['reset', 'PROVIDER_UNAVAILABLE'],
] as const)('a pushed request that fails with %j is one clear fault', async (answer, code) => {
  const demanding = await startOidcProvider({ requirePar: true });
  demanding.interfere('par', answer);
  const failing = parts.requests.prepare({ ...toPrepare(), provider: demanding.provider() });
  await expect(failing).rejects.toMatchObject({ name: 'Fault', code, message: expect.not.stringContaining('planted') });
  await demanding.close();
});

test('a provider that demands pushed requests and takes none is misconfigured', async () => {
  const server = await startHostileServer();
  server.describe({ require_pushed_authorization_requests: true });
  await expect(parts.requests.prepare({ ...toPrepare(), provider: testProvider(server.origin) })).rejects.toMatchObject(
    { code: 'PROVIDER_MISCONFIGURED' },
  );
  await server.close();
});

import { decodeJwt, decodeProtectedHeader, type JWTPayload } from 'jose';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ProviderClient } from '../../src/providers/provider.js';
import { Secret } from '../../src/secret.js';
import { consent, createOAuthParts, type OAuthParts } from '../support/oauth-parts.js';
import { startOidcProvider, type OidcProviderOptions, type TestOidcProvider } from '../support/oidc-provider.js';

let oidc: TestOidcProvider;
let parts: OAuthParts;

const start = async (options?: OidcProviderOptions): Promise<void> => {
  oidc = await startOidcProvider(options);
};

beforeEach(() => {
  parts = createOAuthParts();
});

afterEach(async () => {
  await parts.outbound.close();
  await oidc.close();
});

const tokenRequests = () => oidc.requests.filter((seen) => seen.endpoint === 'token');

test('a code becomes tokens, with their ends, their scopes and who signed in', async () => {
  await start({ accessTokenSeconds: 300 });
  const { exchange } = await consent(parts, oidc);
  const answer = await parts.codeGrant.exchange(exchange);
  expect(answer.subject).toBe('anna');
  expect(answer.expiresAt).toBe(parts.clock.now() + 300_000);
  expect(answer.refreshToken).toBeInstanceOf(Secret);
  expect(answer.refreshTokenExpiresAt).toBeNull();
  expect(answer.grantedScopes).toEqual(['openid', 'profile', 'email', 'offline_access']);
});

test('the exchange is one post that holds the code, the verifier and the redirect URI in its body', async () => {
  await start();
  const { exchange } = await consent(parts, oidc);
  await parts.codeGrant.exchange(exchange);
  expect(tokenRequests()).toHaveLength(1);
  const [seen] = tokenRequests();
  expect(seen).toMatchObject({ method: 'POST', url: '/token' });
  expect(seen?.headers).toMatchObject({
    'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
    accept: 'application/json',
    'accept-encoding': 'identity',
    'user-agent': 'Latchkey',
  });
  expect(Object.fromEntries(seen?.form() ?? [])).toEqual({
    grant_type: 'authorization_code',
    code: exchange.callback.code.expose(),
    redirect_uri: oidc.redirectUri,
    code_verifier: exchange.codeVerifier.expose(),
  });
});

const AUTHENTICATIONS: readonly Exclude<ProviderClient['authentication'], 'signed_secret'>[] = [
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
  'none',
];

test.each(AUTHENTICATIONS)(
  'a client that authenticates by %s is believed, and no secret is in a URL',
  async (clientAuth) => {
    await start({ clientAuth, requirePar: true });
    const { exchange } = await consent(parts, oidc);
    await parts.codeGrant.exchange(exchange);
    const form = tokenRequests()[0]?.form();
    const authorization = tokenRequests()[0]?.headers.authorization;
    expect(authorization?.startsWith('Basic ') ?? false).toBe(clientAuth === 'client_secret_basic');
    expect(form?.has('client_secret')).toBe(clientAuth === 'client_secret_post');
    expect(form?.has('client_assertion')).toBe(clientAuth === 'private_key_jwt');
    const urls = oidc.requests.map((seen) => decodeURIComponent(seen.url)).join();
    for (const secret of [exchange.codeVerifier, exchange.callback.code, secretOf(oidc.client)]) {
      expect(urls).not.toContain(secret.expose());
    }
    expect(oidc.requests.map((seen) => seen.body()).join()).toContain(exchange.codeVerifier.expose()); // positive control
  },
);

function secretOf(client: ProviderClient): Secret {
  return 'secret' in client ? client.secret : Secret.of('planted: no secret');
}

function decode(formEncoded: string): string {
  return new URLSearchParams(`x=${formEncoded}`).get('x') ?? '';
}

test('id and secret are encoded before they are joined for Basic (RFC 6749 §2.3.1)', async () => {
  await start();
  await parts.codeGrant.exchange((await consent(parts, oidc)).exchange);
  const [, credentials = ''] = (tokenRequests()[0]?.headers.authorization ?? '').split(' ');
  const [id = '', secret = ''] = Buffer.from(credentials, 'base64').toString().split(':');
  expect(decode(id)).toBe(oidc.client.id);
  expect(decode(secret)).toBe(secretOf(oidc.client).expose());
});

test('an assertion is addressed to the issuer alone, lives for minutes, and is used once', async () => {
  await start({ clientAuth: 'private_key_jwt' });
  for (let count = 0; count < 2; count += 1) await parts.codeGrant.exchange((await consent(parts, oidc)).exchange);
  const assertions = tokenRequests().map((seen) => seen.form().get('client_assertion') ?? '');
  const claims = assertions.map((assertion) => decodeJwt(assertion));
  for (const { aud, iss, sub, iat = 0, exp = 0 } of claims) {
    expect({ aud, iss, sub }).toEqual({ aud: oidc.issuer, iss: oidc.client.id, sub: oidc.client.id });
    expect(exp - iat).toBeLessThanOrEqual(300);
  }
  expect(new Set(claims.map((claim: JWTPayload) => claim.jti)).size).toBe(2);
  expect(decodeProtectedHeader(assertions[0] ?? '')).toEqual({ alg: 'ES256', kid: 'latchkey-1' });
});

test('a resource is named in the exchange where the provider declares one', async () => {
  await start();
  const { exchange } = await consent(parts, oidc);
  const provider = oidc.provider({ resource: 'https://api.example/' });
  await parts.codeGrant.exchange({ ...exchange, provider }).catch(() => undefined); // oidc-provider knows no resources
  expect(tokenRequests()[0]?.form().get('resource')).toBe('https://api.example/');
});

test.each([
  ['of another issuer', 'https://evil.example'],
  ['that is missing although the provider always sends one', null],
  ['that is empty', ''],
  ['with a slash too many', 'slash'],
])('an answer with an iss %s is refused before anything is sent', async (_what, iss) => {
  await start();
  const { exchange } = await consent(parts, oidc);
  const wrong = iss === 'slash' ? `${oidc.issuer}/` : iss;
  const failing = parts.codeGrant.exchange({ ...exchange, callback: { ...exchange.callback, iss: wrong } });
  await expect(failing).rejects.toMatchObject({ code: 'STATE_INVALID' });
  expect(oidc.counts.token).toBe(0);
});

test('the issuer of an error callback is checked by the same rule', async () => {
  await start();
  await expect(parts.codeGrant.assertIssuer(oidc.provider(), oidc.issuer)).resolves.toBeUndefined();
  for (const iss of [null, 'https://evil.example']) {
    await expect(parts.codeGrant.assertIssuer(oidc.provider(), iss)).rejects.toMatchObject({ code: 'STATE_INVALID' });
  }
});

test('a code that was used is dead, and the fault says to start again', async () => {
  await start();
  const { exchange } = await consent(parts, oidc);
  await parts.codeGrant.exchange(exchange);
  await expect(parts.codeGrant.exchange(exchange)).rejects.toMatchObject({
    code: 'STATE_INVALID',
    message: expect.stringContaining('Start the connection again'),
  });
});

test("a code that is injected into another person's attempt fails", async () => {
  await start();
  const [anna, bert] = [await consent(parts, oidc), await consent(parts, oidc, { login: 'bert' })];
  const callback = { ...bert.exchange.callback, code: anna.exchange.callback.code };
  await expect(parts.codeGrant.exchange({ ...bert.exchange, callback })).rejects.toMatchObject({
    code: 'STATE_INVALID',
  });
});

test('a code that is sent to another redirect URI than was asked for fails', async () => {
  await start({ redirectUris: ['http://127.0.0.1:4000/a', 'http://127.0.0.1:4000/b'] });
  const { exchange } = await consent(parts, oidc);
  const failing = parts.codeGrant.exchange({ ...exchange, redirectUri: 'http://127.0.0.1:4000/b' });
  await expect(failing).rejects.toMatchObject({ code: 'STATE_INVALID' });
});

test('a wrong client secret is the operator’s to mend', async () => {
  await start();
  const { exchange } = await consent(parts, oidc);
  const client = { authentication: 'client_secret_basic', id: oidc.client.id, secret: Secret.of('wrong') } as const;
  const failing = parts.codeGrant.exchange({ ...exchange, provider: oidc.provider({ client }) });
  await expect(failing).rejects.toMatchObject({ code: 'PROVIDER_MISCONFIGURED', remedy: 'ASK_OPERATOR' });
});

test.each([
  ['invalid_grant', { status: 400, body: '{"error":"invalid_grant"}' }, 'STATE_INVALID'],
  ['an error the specification does not know', { status: 400, body: '{"error":"planted"}' }, 'PROVIDER_UNAVAILABLE'],
  ['invalid_scope', { status: 400, body: '{"error":"invalid_scope"}' }, 'PROVIDER_MISCONFIGURED'],
  ['too many requests', { status: 429, headers: { 'retry-after': '17' } }, 'PROVIDER_RATE_LIMITED'],
  ['an outage', { status: 503, body: '<html>planted</html>' }, 'PROVIDER_UNAVAILABLE'],
  ['invalid_grant with a 500', { status: 500, body: '{"error":"invalid_grant"}' }, 'PROVIDER_UNAVAILABLE'],
  ['a redirect', { status: 307, headers: { location: 'https://evil.example/token' } }, 'PROVIDER_MISCONFIGURED'],
  ['a page instead of an answer', { status: 404, body: '<html>planted</html>' }, 'PROVIDER_MISCONFIGURED'],
  ['a page with status 200', { status: 200, body: '<html>planted</html>' }, 'PROVIDER_UNAVAILABLE'],
  ['an error with status 200', { status: 200, body: '{"error":"invalid_grant"}' }, 'STATE_INVALID'],
  [
    'a token that is no bearer token',
    { status: 200, body: '{"access_token":"planted","token_type":"mac"}' },
    'PROVIDER_UNAVAILABLE',
  ],
  ['more than 64 KiB', { status: 200, body: ' '.repeat(70_000) }, 'PROVIDER_UNAVAILABLE'],
  ['a lost answer', 'lose', 'PROVIDER_UNAVAILABLE'],
  ['a reset', 'reset', 'PROVIDER_UNAVAILABLE'],
] as const)(
  '%s is one clear fault without a word of the provider, and is not sent again',
  async (_what, answer, code) => {
    await start();
    const { exchange } = await consent(parts, oidc);
    oidc.interfere('token', answer);
    const fault: unknown = await parts.codeGrant.exchange(exchange).catch((error: unknown) => error);
    expect(fault).toMatchObject({ name: 'Fault', code });
    expect(JSON.stringify([fault, (fault as Error).message])).not.toContain('planted');
    expect(oidc.counts.token).toBe(1);
  },
);

test('a provider that asks for patience says for how long', async () => {
  await start();
  const { exchange } = await consent(parts, oidc);
  oidc.interfere('token', { status: 429, headers: { 'retry-after': '17' } });
  await expect(parts.codeGrant.exchange(exchange)).rejects.toMatchObject({ facts: { retryAfterSeconds: 17 } });
});

test('an exchange that gets no answer is given up after fifteen seconds', async () => {
  await start();
  const { exchange } = await consent(parts, oidc);
  const hold = oidc.hold('token');
  const failing = parts.codeGrant.exchange(exchange).catch((error: unknown) => error);
  await hold.arrived;
  parts.clock.advance(15_000);
  expect(await failing).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
  hold.release();
});

test('no error of an exchange holds code, verifier, state, nonce or client secret', async () => {
  await start();
  const { exchange } = await consent(parts, oidc);
  oidc.interfere('token', { status: 400, body: '{"error":"invalid_grant","error_description":"planted"}' });
  const fault = (await parts.codeGrant.exchange(exchange).catch((error: unknown) => error)) as Error & {
    detail: string;
  };
  const told = `${fault.message} ${fault.stack} ${fault.detail} ${JSON.stringify(fault)} ${String(fault.cause)}`;
  const { callback, codeVerifier, nonce } = exchange;
  for (const secret of [callback.code, callback.state, codeVerifier, nonce, secretOf(oidc.client)]) {
    expect(told).not.toContain(secret?.expose());
  }
  expect(told).toContain('INVALID_GRANT'); // positive control
});

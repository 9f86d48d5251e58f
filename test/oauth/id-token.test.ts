import { createHmac } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWTPayload } from 'jose';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Provider } from '../../src/providers/provider.js';
import { Secret } from '../../src/secret.js';
import { createOAuthParts, type OAuthParts } from '../support/oauth-parts.js';
import { testProvider } from '../support/oidc-provider.js';
import { startSigningProvider, type SigningProvider } from '../support/signing-provider.js';

const NONCE = 'the-nonce-of-this-sign-in';

let signing: SigningProvider;
let parts: OAuthParts;
let provider: Provider;
let good: JWTPayload;

beforeEach(async () => {
  signing = await startSigningProvider();
  parts = createOAuthParts();
  provider = testProvider(signing.server.origin);
  good = signing.goodClaims(provider.client.id, NONCE);
});

afterEach(async () => {
  await parts.outbound.close();
  await signing.server.close();
});

const exchange = (nonce: string | null = NONCE) =>
  parts.codeGrant.exchange({
    provider,
    redirectUri: 'http://127.0.0.1:4000/callback',
    callback: { code: Secret.of('code'), state: Secret.of('state'), iss: null },
    codeVerifier: Secret.of('v'.repeat(43)),
    nonce: nonce === null ? null : Secret.of(nonce),
  });
const failure = () => exchange().catch((error: unknown) => error);
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

test('a good ID Token says who signed in', async () => {
  signing.issue(await signing.sign(good));
  expect((await exchange()).subject).toBe('anna');
});

test('the keys are asked for once, not for each sign-in', async () => {
  signing.issue(await signing.sign(good));
  for (let count = 0; count < 3; count += 1) await exchange();
  expect(signing.server.requests.filter((seen) => seen.url === '/jwks')).toHaveLength(1);
});

test.each<[string, (claims: JWTPayload) => JWTPayload]>([
  ['of another issuer', (claims) => ({ ...claims, iss: 'https://evil.example' })],
  ['for another client', (claims) => ({ ...claims, aud: 'somebody-else' })],
  ['for this client among others, without azp', (claims) => ({ ...claims, aud: [String(claims.aud), 'other'] })],
  ['that is over', (claims) => ({ ...claims, exp: Number(claims.exp) - 86_400 })],
  ['without an end', ({ exp: _exp, ...claims }) => claims],
  ['without a subject', ({ sub: _sub, ...claims }) => claims],
  ['without an issuer', ({ iss: _iss, ...claims }) => claims],
  ['without an audience', ({ aud: _aud, ...claims }) => claims],
  ['without a nonce', ({ nonce: _nonce, ...claims }) => claims],
])('an ID Token %s is refused', async (_what, change) => {
  signing.issue(await signing.sign(change(good)));
  expect(await failure()).toMatchObject({ name: 'Fault', code: 'PROVIDER_MISCONFIGURED' });
});

test('an ID Token of another sign-in is refused, and the fault says to start again', async () => {
  signing.issue(await signing.sign({ ...good, nonce: 'of-another-sign-in' }));
  expect(await failure()).toMatchObject({ code: 'STATE_INVALID', remedy: 'RECONNECT' });
});

test('no ID Token where openid was asked for is refused', async () => {
  signing.issue(null);
  expect(await failure()).toMatchObject({ code: 'PROVIDER_MISCONFIGURED' });
});

test('alg none is refused, even where the provider announces it', async () => {
  signing.server.describe({ id_token_signing_alg_values_supported: ['none', 'ES256'] });
  signing.issue(`${encode({ alg: 'none' })}.${encode(good)}.`);
  expect(await failure()).toMatchObject({ code: 'PROVIDER_MISCONFIGURED' });
});

test('a signature with the client secret is refused, even where the provider announces it', async () => {
  signing.server.describe({ id_token_signing_alg_values_supported: ['HS256', 'ES256'] });
  const secret = 'secret' in provider.client ? provider.client.secret.expose() : '';
  const signed = `${encode({ alg: 'HS256' })}.${encode(good)}`;
  signing.issue(`${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`);
  expect(await failure()).toMatchObject({ code: 'PROVIDER_MISCONFIGURED' });
});

test('an algorithm that the provider does not announce is refused', async () => {
  const { privateKey } = await generateKeyPair('RS256');
  signing.issue(await signing.sign(good, privateKey, { alg: 'RS256', kid: 'k1' }));
  expect(await failure()).toMatchObject({ code: 'PROVIDER_MISCONFIGURED' });
});

test('a signature by another key is refused', async () => {
  const { privateKey } = await generateKeyPair('ES256');
  signing.issue(await signing.sign(good, privateKey));
  expect(await failure()).toMatchObject({ code: 'PROVIDER_MISCONFIGURED' });
});

test('a key that the provider does not publish is refused', async () => {
  signing.issue(await signing.sign(good, signing.key, { alg: 'ES256', kid: 'unknown' }));
  expect(await failure()).toMatchObject({ code: 'PROVIDER_MISCONFIGURED' });
});

test('a key that a token brings along is not believed', async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const header = { alg: 'ES256', kid: 'mine', jwk: await exportJWK(publicKey) };
  signing.issue(await signing.sign(good, privateKey, header));
  expect(await failure()).toMatchObject({ code: 'PROVIDER_MISCONFIGURED' });
});

test.each(['', 'x', 'a.b', 'a.b.c', 'a.b.c.d.e', 'e30.e30.x', `${'x'.repeat(5000)}.x.x`])(
  'the text %j is no ID Token',
  async (idToken) => {
    signing.issue(idToken);
    expect(await failure()).toMatchObject({ name: 'Fault' });
  },
);

test('keys that cannot be had are an outage, not a fault of the token', async () => {
  signing.issue(await signing.sign(good));
  for (const answer of [{ status: 503 }, { status: 200, body: '<html>' }, { status: 200, manner: 'reset' as const }]) {
    signing.server.answer('/jwks', answer);
    expect(await failure()).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
  }
});

test('where openid was not asked for, an ID Token is neither needed nor believed', async () => {
  signing.issue(await signing.sign(good));
  expect((await exchange(null)).subject).toBeNull();
  signing.issue(null);
  expect((await exchange(null)).subject).toBeNull();
});

test('a fault does not repeat the claims', async () => {
  signing.issue(await signing.sign({ ...good, aud: 'planted-audience', email: 'planted@example.com' }));
  const fault = (await failure()) as Error & { detail: string };
  const told = `${fault.message} ${fault.detail} ${JSON.stringify(fault)} ${JSON.stringify(fault.cause)}`;
  expect(told).not.toContain('planted');
});

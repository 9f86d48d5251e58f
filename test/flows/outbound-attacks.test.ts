/** What a provider, or whoever stands in for one, may try so that codes and tokens go elsewhere (security.md, section E). */
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Fault } from '../../src/errors.js';
import type { Provider } from '../../src/providers/provider.js';
import { Secret } from '../../src/secret.js';
import { startHostileServer, type HostileServer } from '../support/hostile-server.js';
import { createOAuthParts, type OAuthParts } from '../support/oauth-parts.js';
import { testProvider } from '../support/oidc-provider.js';
import { startSigningProvider, type SigningProvider } from '../support/signing-provider.js';

let signing: SigningProvider;
let other: HostileServer;
let parts: OAuthParts;
let provider: Provider;

beforeEach(async () => {
  signing = await startSigningProvider();
  other = await startHostileServer();
  parts = createOAuthParts();
  provider = testProvider(signing.server.origin);
});

afterEach(async () => {
  await parts.outbound.close();
  await signing.server.close();
  await other.close();
});

const accessToken = Secret.of('planted-access-token');
const nonce = Secret.of('the-nonce-of-this-sign-in');

const exchange = () =>
  parts.codeGrant.exchange({
    provider,
    redirectUri: 'http://127.0.0.1:4000/callback',
    callback: { code: Secret.of('planted-code'), state: Secret.of('state'), iss: null },
    codeVerifier: Secret.of('v'.repeat(43)),
    nonce,
  });

async function faultOf(work: Promise<unknown>): Promise<Fault> {
  const error: unknown = await work.catch((caught: unknown) => caught);
  if (error instanceof Fault) return error;
  throw new Error('it did not fail as it should', { cause: error });
}

test('the issuer’s own document may put its endpoints on other origins, and they alone get what is theirs', async () => {
  signing.server.describe({ token_endpoint: `${other.origin}/token`, userinfo_endpoint: `${other.origin}/me` });
  const idToken = await signing.sign(signing.goodClaims(provider.client.id, nonce.expose()));
  other.answerJson('/token', { access_token: 'at', token_type: 'Bearer', id_token: idToken });
  other.answerJson('/me', { sub: 'anna' });
  expect((await exchange()).subject).toBe('anna');
  await parts.profiles.fetch({ provider, accessToken });
  expect(other.requests.map(({ url }) => url)).toEqual(['/token', '/me']);
  expect(signing.server.requests.some(({ headers }) => headers.authorization?.includes('planted'))).toBe(false);
});

const elsewhere = [
  'http://169.254.169.254/latest',
  'http://10.0.0.1/x',
  'http://[fd00:ec2::254]/x',
  'http://[64:ff9b::a00:1]/x',
  'http://[::ffff:10.0.0.1]/x',
  'http://167772161/x', // 10.0.0.1
  'http://012.0.0.1/x', // the same, in octal
  'http://0xa.0.0.1/x',
  'http://10.0.0.1./x',
  'http://8.8.8.8/x', // public, from a provider of this machine
];

test.each(elsewhere)('a document that names %s gets neither code nor token there, nor anywhere', async (address) => {
  signing.server.describe({ token_endpoint: address, userinfo_endpoint: address, jwks_uri: address });
  for (const work of [exchange(), parts.profiles.fetch({ provider, accessToken })]) {
    expect((await faultOf(work)).code).toMatch(/^PROVIDER_/);
  }
  const sent = JSON.stringify(signing.server.requests.map((seen) => [seen.url, seen.headers, seen.body()]));
  expect(sent).not.toContain('planted');
});

test.each([
  ['user and password', 'http://user:pass@127.0.0.1:1/token'],
  ['a fragment', 'http://127.0.0.1:1/token#x'],
  ['another scheme', 'file:///etc/passwd'],
  ['a script', 'javascript:alert(1)'],
  ['a zone', 'http://[fe80::1%25eth0]/token'],
  ['no host', 'http://'],
])('a document whose endpoint has %s is not used at all', async (_what, address) => {
  signing.server.describe({ token_endpoint: address });
  expect((await faultOf(exchange())).code).toBe('PROVIDER_MISCONFIGURED');
});

test.each([301, 302, 307, 308])('a provider that redirects with %i does not make the token follow', async (status) => {
  for (const path of ['/token', '/me']) {
    signing.server.answer(path, { status, headers: { location: `${other.origin}/caught` } });
  }
  expect((await faultOf(exchange())).code).toMatch(/^PROVIDER_/);
  expect((await faultOf(parts.profiles.fetch({ provider, accessToken }))).code).toMatch(/^PROVIDER_/);
  expect(other.requests).toEqual([]);
});

test('a document that redirects is no document', async () => {
  signing.server.answer('/.well-known/openid-configuration', {
    status: 302,
    headers: { location: `${other.origin}/.well-known/openid-configuration` },
  });
  expect((await faultOf(exchange())).code).toBe('PROVIDER_UNAVAILABLE');
  expect(other.requests).toEqual([]);
});

test('keys that an ID Token names by itself (jku, x5u, jwk) are neither fetched nor believed', async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'theirs', alg: 'ES256', use: 'sig' };
  other.answerJson('/jwks', { keys: [jwk] });
  const claims = signing.goodClaims(provider.client.id, nonce.expose());
  for (const header of [
    { jku: `${other.origin}/jwks`, kid: 'theirs' },
    { x5u: `${other.origin}/cert`, kid: 'k1' },
    { jwk, kid: 'theirs' },
  ]) {
    signing.issue(await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', ...header }).sign(privateKey));
    expect((await faultOf(exchange())).code).toBe('PROVIDER_MISCONFIGURED');
  }
  expect(other.requests).toEqual([]);
});

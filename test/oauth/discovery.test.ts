import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startHostileServer, type HostileServer } from '../support/hostile-server.js';
import { createOAuthParts, type OAuthParts } from '../support/oauth-parts.js';
import { testProvider } from '../support/oidc-provider.js';

const PATH = '/.well-known/openid-configuration';
const HOUR_MS = 3_600_000;

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

const read = () => parts.discovery.metadata(testProvider(server.origin));
const failure = () => read().catch((error: unknown) => error);

test('twenty who ask at once ask the provider once', async () => {
  await Promise.all(Array.from({ length: 20 }, read));
  expect(server.requests.map((seen) => `${seen.method} ${seen.url}`)).toEqual([`GET ${PATH}`]);
});

test('a document is used for an hour, then read again', async () => {
  await read();
  parts.clock.advance(HOUR_MS - 1);
  await read();
  expect(server.requests).toHaveLength(1);
  parts.clock.advance(1);
  await read();
  expect(server.requests).toHaveLength(2);
});

test('a document that was good is used for a day while the provider cannot give it', async () => {
  const first = await read();
  server.answer(PATH, { status: 503 });
  parts.clock.advance(23 * HOUR_MS);
  expect(await read()).toBe(first);
  parts.clock.advance(HOUR_MS);
  expect(await failure()).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
});

test('while the provider cannot give its document one caller waits, and it is asked again behind the others', async () => {
  const first = await read();
  server.answer(PATH, { status: 503 });
  parts.clock.advance(HOUR_MS);
  expect(await read()).toBe(first);
  const asked = server.requests.length;
  for (let call = 0; call < 20; call += 1) expect(await read()).toBe(first);
  expect(server.requests.length).toBe(asked);

  server.describe({ token_endpoint: `${server.origin}/moved` });
  parts.clock.advance(30_000);
  expect(await read()).toBe(first); // and asks behind
  await vi.waitFor(async () => expect((await read()).token_endpoint).toBe(`${server.origin}/moved`));
});

test('a failure is not kept: the next who asks is served', async () => {
  server.answer(PATH, { status: 500 });
  expect(await failure()).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
  server.describe({});
  expect((await read()).issuer).toBe(server.origin);
});

test('a document of another issuer is refused, also when it is the same but for a slash', async () => {
  for (const issuer of ['https://evil.example', `${server.origin}/`, `${server.origin}/tenant`, 7, undefined]) {
    server.describe({ issuer });
    const fault = await failure();
    expect(fault, String(issuer)).toMatchObject({ name: 'Fault', facts: { provider: 'test' } });
  }
  server.describe({ issuer: 'https://evil.example' });
  expect(await failure()).toMatchObject({ code: 'PROVIDER_MISCONFIGURED' });
  server.describe({ issuer: `${server.origin}/` });
  expect(await failure()).toMatchObject({ code: 'PROVIDER_MISCONFIGURED' });
});

test('an issuer that changes its mind is refused, even where an old document is known', async () => {
  await read();
  parts.clock.advance(HOUR_MS);
  server.describe({ issuer: 'https://evil.example' });
  expect(await failure()).toMatchObject({ code: 'PROVIDER_MISCONFIGURED' });
});

test.each([
  ['token_endpoint', undefined],
  ['authorization_endpoint', undefined],
  ['token_endpoint', 7],
  ['token_endpoint', '/token'],
  ['token_endpoint', 'ftp://127.0.0.1/token'],
  ['token_endpoint', 'https://user:pass@127.0.0.1/token'],
  ['authorization_endpoint', 'javascript:alert(1)'],
  ['authorization_endpoint', 'https://login.example/#fragment'],
  ['userinfo_endpoint', 'file:///etc/passwd'],
  ['jwks_uri', ''],
  ['revocation_endpoint', 'data:text/plain,x'],
])('a document whose %s is %j is refused', async (name, value) => {
  server.describe({ [name]: value });
  expect(await failure()).toMatchObject({ code: 'PROVIDER_MISCONFIGURED', message: expect.stringContaining(name) });
});

test.each([
  ['not JSON', { status: 200, body: '<html>planted</html>' }],
  ['an empty body', { status: 200 }],
  ['a list', { status: 200, body: '[]' }],
  ['a redirect', { status: 302, headers: { location: 'https://evil.example/' } }],
  ['not found', { status: 404, body: 'planted' }],
  ['endless', { status: 200, manner: 'endless' }],
  ['cut', { status: 200, manner: 'cut', body: '{"issuer":' }],
  ['a strange status', { status: 799 }],
] as const)('%s instead of a document is an outage in our own words', async (_what, answer) => {
  server.answer(PATH, answer);
  expect(await failure()).toMatchObject({
    code: 'PROVIDER_UNAVAILABLE',
    message: 'The provider "test" did not give a usable answer. Try again later.',
  });
});

test('a provider that says nothing is given up after five seconds', async () => {
  server.answer(PATH, { status: 200, manner: 'silent' });
  const failing = failure();
  await server.arrival(PATH);
  parts.clock.advance(5_000);
  expect(await failing).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
});

test('a public provider is not looked for on loopback, whatever its issuer says', async () => {
  const provider = testProvider(server.origin, { network: 'public' });
  await expect(parts.discovery.metadata(provider)).rejects.toMatchObject({ name: 'Fault' });
  const overTls = testProvider(server.origin.replace('http:', 'https:'), { network: 'public' });
  await expect(parts.discovery.metadata(overTls)).rejects.toMatchObject({ name: 'Fault' });
  expect(server.requests).toHaveLength(0);
});

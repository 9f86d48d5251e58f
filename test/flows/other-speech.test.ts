import { generateKeyPairSync } from 'node:crypto';
import { importSPKI, jwtVerify } from 'jose';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { completeAuthorization, startAuthorization } from '../support/connected-user.js';
import { formOf, submit } from '../support/flow-world.js';
import { startHostileServer, type HostileServer } from '../support/hostile-server.js';
import { formsTo, startProviderWalk, type ProviderWalk } from '../support/provider-walk.js';
import { createTestClock } from '../support/test-clock.js';
import { CLIENT_SECRET, comeBack, writtenProvider } from '../support/written-provider.js';

const DAY_MS = 86_400_000;

let server: HostileServer;
let walk: ProviderWalk | null = null;

beforeEach(async () => {
  server = await startHostileServer();
  server.answerJson('/me', { id: 'anna', name: 'Anna' });
  server.answerJson('/token', {
    access_token: 'planted-at',
    refresh_token: 'planted-rt',
    token_type: 'bearer',
    expires_in: 3600,
  });
});
afterEach(async () => {
  await walk?.close();
  walk = null;
  await server.close();
});

async function open(lines: readonly string[], environment: Record<string, string> = {}): Promise<ProviderWalk> {
  const whole = [
    `endpoints: { authorize: "${server.origin}/authorize", token: "${server.origin}/token" }`,
    'scopes: [read]',
    `me: { url: "${server.origin}/me", map: { externalId: id, name: name } }`,
  ];
  const written = new Set(lines.map((line) => /^\w+/.exec(line)?.[0]));
  const kept = whole.filter((line) => !written.has(/^\w+/.exec(line)?.[0]));
  walk = await startProviderWalk([writtenProvider([...kept, ...lines], environment)], createTestClock());
  return walk;
}

/** What the browser was sent to ask, and what came of it. */
async function connect(given: ProviderWalk, more?: Record<string, string>) {
  let asked = new URLSearchParams();
  const approve = async (url: string): Promise<string> => {
    asked = new URL(url).searchParams;
    return comeBack(url, more);
  };
  return { ...(await given.connect({ user: 'anna', approve })), asked };
}

const queriesTo = (path: string): Record<string, string>[] =>
  server.requests
    .filter(({ endpoint }) => endpoint === path)
    .map(({ url }) => Object.fromEntries(new URL(url, server.origin).searchParams));

test('a first token is traded for one that lives longer, and that is renewed while it lives, each by GET', async () => {
  const gateway = await open([
    `endpoints: { authorize: "${server.origin}/authorize", token: "${server.origin}/token", refresh: "${server.origin}/renew" }`,
    'clientAuthentication: client_secret_post',
    `exchange: { url: "${server.origin}/trade", method: GET, parameters: { grant_type: long, client_secret: "{clientSecret}", access_token: "{accessToken}" } }`,
    'tokens: { refresh_token: access_token, token_type: "\'bearer\'" }',
    'refresh: { method: GET, body: query, add: { grant_type: renew }, rename: { refresh_token: access_token }, remove: [client_id, client_secret] }',
    'refreshPolicy: { mode: scheduled, leadSeconds: 864000, minimumAgeSeconds: 86400, notAfterSeconds: 0 }',
    `api: { base: "${server.origin}/api", token: { query: access_token } }`,
  ]);
  server.answerJson('/token', { access_token: 'planted-short', user_id: 7 });
  server.answerJson('/trade', { access_token: 'planted-long', expires_in: 5_184_000 });
  server.answerJson('/renew', { access_token: 'planted-longer', expires_in: 5_184_000 });
  const { account } = await connect(gateway);
  expect(queriesTo('/trade')).toEqual([
    { grant_type: 'long', client_secret: CLIENT_SECRET, access_token: 'planted-short' },
  ]);
  gateway.clock.advance(2 * DAY_MS);
  expect(await gateway.refresh('anna', account?.id ?? '')).toMatchObject({ data: { problem: null } });
  expect(queriesTo('/renew')).toEqual([{ grant_type: 'renew', access_token: 'planted-long' }]);
  server.answerEach('/api/media', ({ url }) => ({
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ next: `${server.origin}${url}&after=7` }),
  }));
  const token = await gateway.app.tokenFor('anna');
  const ask = (path: string) =>
    fetch(`${gateway.app.url}/proxy/acme${path}`, { headers: { authorization: `Bearer ${token}` } });
  const answer = await ask('/media?fields=id');
  expect(queriesTo('/api/media')).toEqual([{ fields: 'id', access_token: 'planted-longer' }]);
  expect(await answer.text()).not.toContain('planted');
  expect((await ask('/media?Access_Token=mine')).status).toBe(400);
  expect(gateway.app.logLines.join('')).not.toMatch(/planted-(short|long|client)/);
});

test('a trade that fails connects nothing, and says whose fault it is', async () => {
  const gateway = await open([
    `exchange: { url: "${server.origin}/trade", parameters: { access_token: "{accessToken}" } }`,
  ]);
  server.answer('/trade', { status: 503 });
  expect((await connect(gateway)).problem).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
  server.answer('/trade', { status: 400, body: '{"error":"invalid_client"}' });
  expect((await connect(gateway)).problem).toMatchObject({ code: 'PROVIDER_MISCONFIGURED' });
});

test('scopes go where the definition puts them, and the token is taken from where it lies', async () => {
  const gateway = await open([
    'scopes: [channels:read, search:read]',
    'scopeSeparator: ","',
    'scopeParameters: { user_scope: [search:read] }',
    'tokens: { access_token: authed_user.access_token, token_type: "\'bearer\'", scope: authed_user.scope, subject: authed_user.id }',
    'me: { endpoint: userinfo, map: {} }',
    `endpoints: { authorize: "${server.origin}/authorize", token: "${server.origin}/token", userinfo: "${server.origin}/me" }`,
  ]);
  server.answerJson('/token', {
    ok: true,
    access_token: 'planted-bot',
    authed_user: { id: 'U1', access_token: 'planted-user', scope: 'search:read,channels:read', token_type: 'user' },
  });
  const { account, asked } = await connect(gateway);
  expect([asked.get('scope'), asked.get('user_scope')]).toEqual(['channels:read', 'search:read']);
  expect(account).toMatchObject({ externalId: 'U1', missingScopes: [] });
  expect(server.requests.at(-1)?.headers.authorization).toBe('Bearer planted-user');
});

test('a provider without scopes is asked for none', async () => {
  const gateway = await open(['scopes: []']);
  const { account, asked } = await connect(gateway);
  expect(account).toMatchObject({ grantedScopes: [] });
  expect(asked.has('scope')).toBe(false);
});

test('a registered name stands for the redirect URI, in both requests, and the browser comes back all the same', async () => {
  const gateway = await open(['redirectUriAs: "{ruName}"', 'values: { ruName: Acme-App-Name }']);
  const token = await gateway.app.tokenFor('anna');
  const started = await startAuthorization({ app: gateway.app, token, provider: 'acme' });
  const asked = new URL(started.authorizationUrl).searchParams;
  expect(asked.get('redirect_uri')).toBe('Acme-App-Name');
  const callbackUrl = `${gateway.app.url}/oauth/callback/acme?code=planted-code&state=${started.state}`;
  expect((await completeAuthorization({ app: gateway.app, token }, { callbackUrl })).problem).toBeNull();
  expect(formsTo(server.requests, '/token')).toMatchObject([{ redirect_uri: 'Acme-App-Name' }]);
});

test('a code under another name is found in the callback, and the state goes along where it is wanted again', async () => {
  const gateway = await open(['callback: { code: spapi_oauth_code }', 'token: { add: { state: "{state}" } }']);
  expect((await connect(gateway, { code: 'another', spapi_oauth_code: 'planted-code' })).problem).toBeNull();
  const [form] = formsTo(server.requests, '/token');
  expect(form).toMatchObject({ code: 'planted-code', state: expect.stringMatching(/^[\w-]{43}$/) });
  expect(await gateway.app.storedText()).not.toContain(form?.['state']);
});

test('me is asked by a JSON body where the definition has one, with the token where it belongs', async () => {
  const query = '{ me { id name } }';
  const gateway = await open([
    `me: { url: "${server.origin}/graphql", method: POST, json: { query: "${query}", deep: { a: "b" } }, authentication: none, headers: { authorization: "{accessToken}" }, map: { externalId: data.me.id } }`,
  ]);
  server.answerJson('/graphql', { data: { me: { id: 'anna' } } });
  expect((await connect(gateway)).account).toMatchObject({ externalId: 'anna' });
  const asked = server.requests.at(-1);
  expect(JSON.parse(asked?.body() ?? '')).toEqual({ query, deep: { a: 'b' } });
  expect(asked?.headers).toMatchObject({ authorization: 'planted-at', 'content-type': 'application/json' });
});

const keys = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const signedSecret = [
  'clientAuthentication: signed_secret',
  'values: { teamId: TEAM000001, keyId: KEY0000001 }',
  'clientKey: { algorithm: ES256, id: "{keyId}" }',
  'signedSecret: { issuer: "{teamId}", audience: "https://id.acme.example" }',
  'callback: { responseMode: form_post }',
];
const privateKey = {
  LATCHKEY_PROVIDER_ACME_PRIVATE_KEY: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
};

test('a client secret is signed anew for each request, for this client, this audience and some minutes', async () => {
  const gateway = await open(signedSecret, privateKey);
  const { account, asked } = await connect(gateway);
  expect(asked.get('response_mode')).toBe('form_post');
  gateway.clock.advance(7_200_000);
  await gateway.refresh('anna', account?.id ?? '');
  const secrets = formsTo(server.requests, '/token').map((form) => form['client_secret'] ?? '');
  expect(new Set(secrets).size).toBe(2);
  const publicKey = await importSPKI(keys.publicKey.export({ type: 'spki', format: 'pem' }) as string, 'ES256');
  const { payload, protectedHeader } = await jwtVerify(secrets[1] ?? '', publicKey, {
    currentDate: new Date(gateway.clock.now()),
    audience: 'https://id.acme.example',
  });
  expect(protectedHeader).toEqual({ alg: 'ES256', kid: 'KEY0000001' });
  const now = Math.floor(gateway.clock.now() / 1000);
  expect(payload).toEqual({
    iss: 'TEAM000001',
    sub: 'acme-client',
    aud: 'https://id.acme.example',
    iat: now,
    exp: now + 300,
  });
});

test('an answer that another site’s page posts spends nothing, and is finished by our own page', async () => {
  const gateway = await open(signedSecret, privateKey);
  const token = await gateway.app.tokenFor('anna');
  const start = await fetch(`${gateway.app.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({
      query: 'mutation { startAuthorization(input: { provider: "acme" }) { state } }',
    }),
  });
  const cookie = start.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  const { data } = (await start.json()) as { data: { startAuthorization: { state: string } } };
  const { state } = data.startAuthorization;
  const post = (headers: Record<string, string>) =>
    fetch(`${gateway.app.url}/oauth/callback/acme`, {
      method: 'POST',
      redirect: 'manual',
      headers,
      body: new URLSearchParams({ state, code: 'planted-code', user: '{"name":"planted-name"}' }),
    });
  const page = await post({ 'sec-fetch-site': 'cross-site', origin: 'https://id.acme.example' });
  expect(page.status).toBe(200);
  expect((await post({ origin: 'https://id.acme.example' })).status).toBe(200); // an older browser
  expect(server.requests).toHaveLength(0);
  const text = await page.text();
  expect(text).not.toContain('planted-name');
  const finished = await submit(gateway.app.url, formOf(text), { cookie });
  expect(finished.status).toBe(303);
  expect(finished.headers.get('location')).toContain('result=connected');
  expect(formsTo(server.requests, '/token')).toHaveLength(1);
  expect(gateway.app.logLines.join('')).not.toMatch(/planted-(code|name)/);
});

test('a provider that answers in the address may not post its answer', async () => {
  const gateway = await open([]);
  const token = await gateway.app.tokenFor('anna');
  const { state } = await startAuthorization({ app: gateway.app, token, provider: 'acme' });
  const answer = await fetch(`${gateway.app.url}/oauth/callback/acme`, {
    method: 'POST',
    headers: { 'sec-fetch-site': 'cross-site' },
    body: new URLSearchParams({ state, code: 'planted-code' }),
  });
  expect(answer.status).toBe(403);
});

import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { prepareDevelopmentFolder } from '../../src/demo/development-folder.js';
import { startDemoServer, type DemoServer } from '../../src/demo/provider/demo-server.js';
import { createCookieBrowser, type CookieBrowser, type Visit } from './cookie-browser.js';

const redirectUri = 'http://127.0.0.1:9/oauth/callback/demo';
const verifier = randomBytes(32).toString('base64url');
const allScopes = ['profile', 'email', 'offline_access'];

let folder: string;
let server: DemoServer;
let clientSecret: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-demo-'));
  server = await start();
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

test('a client without PKCE is sent back with an error', async () => {
  const { url } = await browse().open(authorizationUrl({ code_challenge: '', code_challenge_method: '' }));
  expect(url.searchParams.get('error')).toBe('invalid_request');
});

test('a wrong password is refused in words, and signs nobody in', async () => {
  const browser = browse();
  const page = await browser.open(authorizationUrl());
  const refused = await browser.submit(page, '/sign-in', { login: 'ada', password: 'engine-1844' });
  expect(refused.status).toBe(403);
  expect(refused.text).toContain('No account has this login and password');
  expect((await browser.open(refused.url)).text).toContain('<h1>Sign in</h1>');
});

test('what was typed as login cannot become markup', async () => {
  const browser = browse();
  const page = await browser.open(authorizationUrl());
  const refused = await browser.submit(page, '/sign-in', { login: '"><script>alert(1)</script>', password: 'x' });
  expect(refused.text).not.toContain('<script>');
  expect(refused.text).toContain('&#34;&#62;&#60;script&#62;');
});

test('no page of the provider loads or runs anything from elsewhere, or can be framed', async () => {
  const page = await browse().open(authorizationUrl());
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/script-src|unsafe|https?:\/\/(?!127\.0\.0\.1)/);
  expect(page.text).not.toMatch(/<script|<style|style="|(src|href)="https?:/);
});

test('who allows gets a code that is worth the profile and a refresh token', async () => {
  const callback = await connect('ada', allScopes);
  expect(callback.searchParams.get('iss')).toBe(server.url);
  const tokens = await redeem(callback);
  expect(tokens).toMatchObject({ expires_in: 600, scope: 'openid profile email offline_access' });
  expect(await userinfo(tokens.access_token)).toEqual({
    sub: 'ada-lovelace',
    name: 'Ada Lovelace',
    given_name: 'Ada',
    family_name: 'Lovelace',
    picture: `${server.url}/avatars/ada-lovelace`,
    email: 'ada@demo.example',
    email_verified: true,
  });
});

test('a picture that userinfo names is served', async () => {
  const { headers, status } = await browse().open(`${server.url}/avatars/grace-hopper`);
  expect([status, headers.get('content-type')]).toEqual([200, 'image/svg+xml']);
});

test('a scope that is kept back at the consent page is not granted', async () => {
  const tokens = await redeem(await connect('grace', ['profile']));
  expect(tokens.scope).toBe('openid profile');
  expect(tokens.refresh_token).toBeUndefined();
  expect(await userinfo(tokens.access_token)).not.toHaveProperty('email');
});

test('who denies is sent back with access_denied', async () => {
  const browser = browse();
  const consent = await signIn(browser, 'ada');
  const { url } = await browser.submit(consent, '/deny');
  expect(url.searchParams.get('error')).toBe('access_denied');
  expect(url.searchParams.get('iss')).toBe(server.url);
});

test('who is signed in can become somebody else in the same authorization', async () => {
  const browser = browse();
  const again = await browser.submit(await signIn(browser, 'ada'), '/switch');
  const consent = await browser.submit(again, '/sign-in', credentials('grace'));
  const { url } = await browser.submit(consent, '/consent', { scope: allScopes });
  expect(await userinfo((await redeem(url)).access_token)).toMatchObject({ sub: 'grace-hopper' });
});

test('an interaction of one browser cannot be decided in another', async () => {
  const consent = await signIn(browse(), 'ada');
  const stolen = await browse().submit(consent, '/consent', { scope: allScopes });
  expect(stolen.status).toBe(400);
  expect(stolen.text).toContain('was begun in another browser');
});

test('a refresh token works once, and its second use ends the grant', async () => {
  const first = await redeem(await connect('ada', allScopes));
  const second = await refresh(first.refresh_token);
  expect(second.refresh_token).not.toBe(first.refresh_token);
  expect(await refresh(first.refresh_token)).toMatchObject({ error: 'invalid_grant' });
  expect(await refresh(second.refresh_token)).toMatchObject({ error: 'invalid_grant' });
});

test('revoking one connection leaves another of the same person alone', async () => {
  const [one, other] = [await redeem(await connect('ada', allScopes)), await redeem(await connect('ada', allScopes))];
  const { status } = await post('/token/revocation', { token: one.refresh_token });
  expect(status).toBe(200);
  expect(await refresh(one.refresh_token)).toMatchObject({ error: 'invalid_grant' });
  expect(await refresh(other.refresh_token)).toHaveProperty('access_token');
});

test('a request that names another host is refused', async () => {
  const { port } = new URL(server.url);
  const answer = await fetch(`http://localhost:${port}/`, { redirect: 'manual' });
  expect(answer.status).toBe(421);
});

test('a restart keeps grants, and no file holds a token as it was issued', async () => {
  const tokens = await redeem(await connect('ada', allScopes));
  const written = await everythingIn(folder);
  expect(written).not.toContain(tokens.refresh_token);
  expect(written).not.toContain(tokens.access_token);
  // Positive control: the row of this grant is there, under the token's hash.
  expect(written).toContain(createHash('sha256').update(tokens.refresh_token).digest('base64url'));

  const { port } = new URL(server.url);
  await server.close();
  server = await start(Number(port));
  expect(await userinfo(tokens.access_token)).toMatchObject({ sub: 'ada-lovelace' });
  expect(await refresh(tokens.refresh_token)).toHaveProperty('access_token');
});

async function start(port = 0): Promise<DemoServer> {
  const { demo } = await prepareDevelopmentFolder(folder, systemClock);
  ({ clientSecret } = demo);
  const client = { id: 'latchkey', secret: demo.clientSecret, name: 'Latchkey', redirectUris: [redirectUri] };
  return startDemoServer({ port, folder, client, keys: demo });
}

function browse(): CookieBrowser {
  return createCookieBrowser(server.url);
}

function authorizationUrl(changes: Readonly<Record<string, string>> = {}): URL {
  const url = new URL('/auth', server.url);
  const parameters = {
    client_id: 'latchkey',
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid profile email offline_access',
    prompt: 'consent',
    state: 'state-of-the-test',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...changes,
  };
  url.search = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== '')).toString();
  return url;
}

function credentials(login: 'ada' | 'grace'): { login: string; password: string } {
  return { login, password: login === 'ada' ? 'engine-1843' : 'cobol-1959' };
}

/** As far as the consent page. */
async function signIn(browser: CookieBrowser, login: 'ada' | 'grace'): Promise<Visit> {
  return browser.submit(await browser.open(authorizationUrl()), '/sign-in', credentials(login));
}

/** As far as the redirect back. */
async function connect(login: 'ada' | 'grace', scope: readonly string[]): Promise<URL> {
  const browser = browse();
  return (await browser.submit(await signIn(browser, login), '/consent', { scope })).url;
}

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly scope: string;
}

async function redeem(callback: URL): Promise<Tokens> {
  const code = callback.searchParams.get('code') ?? '';
  const grant = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier };
  return (await (await post('/token', grant)).json()) as Tokens;
}

async function refresh(refreshToken: string): Promise<Tokens> {
  return (await (await post('/token', { grant_type: 'refresh_token', refresh_token: refreshToken })).json()) as Tokens;
}

function post(path: string, form: Readonly<Record<string, string>>): Promise<Response> {
  const authorization = `Basic ${Buffer.from(`latchkey:${clientSecret}`).toString('base64')}`;
  return fetch(new URL(path, server.url), {
    method: 'POST',
    body: new URLSearchParams(form),
    headers: { authorization },
  });
}

async function userinfo(accessToken: string): Promise<unknown> {
  const answer = await fetch(new URL('/me', server.url), { headers: { authorization: `Bearer ${accessToken}` } });
  return answer.json();
}

async function everythingIn(path: string): Promise<string> {
  const names = (await readdir(path)).filter((name) => name.startsWith('demo-provider.db'));
  return (await Promise.all(names.map((name) => readFile(join(path, name), 'latin1')))).join('');
}

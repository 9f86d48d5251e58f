/** That the provider of the rehearsals is strict: each departure from its definition is found and refused. */
import 'reflect-metadata';
import { createHash, createHmac } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openRehearsal, type OpenRehearsal } from '../../src/rehearse/open-rehearsal.js';
import { shippedDefinition } from '../../src/rehearse/rehearsed-provider.js';
import { silentLog } from '../support/silent-log.js';

let stage: OpenRehearsal;

async function open(id: string, more = ''): Promise<void> {
  const { text } = shippedDefinition(id);
  const opened = await openRehearsal({ id, text: text + more }, { log: silentLog });
  if ('faults' in opened) throw new Error(JSON.stringify(opened.faults));
  stage = opened.value;
}

beforeEach(() => open('withings'));
afterEach(() => stage.close());

const verifier = 'a'.repeat(43);
const redirectUri = 'https://latchkey.example/oauth/callback/withings';
const asked = {
  response_type: 'code',
  client_id: 'rehearsal-client',
  redirect_uri: redirectUri,
  scope: 'user.info,user.metrics,user.activity',
  state: 'state',
  code_challenge: createHash('sha256').update(verifier).digest('base64url'),
  code_challenge_method: 'S256',
};

type Texts = Readonly<Record<string, string>>;

async function authorize(changes: Texts = {}): Promise<URL | null> {
  const query = new URLSearchParams({ ...asked, ...changes });
  const url = `https://account.withings.com/oauth2_user/authorize2?${query.toString()}`;
  const back = await stage.server.visit(url, { person: 'anna', consents: true });
  return back === '' ? null : new URL(back);
}

async function post(path: string, body: Texts, init: RequestInit = {}): Promise<Record<string, unknown>> {
  const address = `${stage.server.origin}/https/wbsapi.withings.net${path}`;
  const answer = await fetch(address, { method: 'POST', body: new URLSearchParams(body), ...init });
  return (await answer.json()) as Record<string, unknown>;
}

const secretOf = (): string => stage.registration.clientSecret;

async function tokenRequest(): Promise<Record<string, string>> {
  return {
    action: 'requesttoken',
    grant_type: 'authorization_code',
    client_id: 'rehearsal-client',
    client_secret: secretOf(),
    code: (await authorize())?.searchParams.get('code') ?? '',
    redirect_uri: redirectUri,
    code_verifier: verifier,
  };
}

test('what the definition says is answered, with nothing to find', async () => {
  expect(await post('/v2/oauth2', await tokenRequest())).toMatchObject({
    status: 0,
    body: { userid: 'anna', expires_in: 10800, scope: 'user.info,user.metrics,user.activity' },
  });
  expect(stage.server.findings).toEqual([]);
});

test.each<[string, Texts, string]>([
  ['another scope separator', { scope: 'user.info user.metrics' }, 'scope is not what was agreed'],
  ['a challenge that is the verifier', { code_challenge_method: 'plain' }, 'code_challenge_method'],
  ['another address to come back to', { redirect_uri: 'https://evil.example' }, 'redirect_uri'],
  ['a parameter of its own', { prompt: 'consent' }, 'prompt is not expected'],
])('an authorization request with %s sends nobody back', async (_, changes, finding) => {
  expect(await authorize(changes)).toBeNull();
  expect(stage.server.findings.join()).toContain(finding);
});

test.each<[string, Record<string, string | null>, string]>([
  ['without what the definition adds', { action: null }, 'action'],
  ['with another secret', { client_secret: 'guessed' }, 'client_secret'],
  ['without the proof of the challenge', { code_verifier: null }, 'code_verifier is missing'],
  ['with another proof', { code_verifier: 'b'.repeat(43) }, 'does not prove the challenge'],
  ['with another redirect URI', { redirect_uri: 'https://app.example' }, 'redirect_uri'],
  ['with a parameter more', { scope: 'user.info' }, 'scope is not expected'],
])('a code is not traded %s', async (_, changes, finding) => {
  const all = Object.entries({ ...(await tokenRequest()), ...changes });
  const body = Object.fromEntries(all.filter((one): one is [string, string] => one[1] !== null));
  expect(await post('/v2/oauth2', body)).not.toMatchObject({ status: 0 });
  expect(stage.server.findings.join()).toContain(finding);
});

test.each<[string, (body: Texts) => RequestInit, string]>([
  [
    'as JSON',
    (body) => ({ body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    'not application/x-www-form-urlencoded',
  ],
  ['by PUT', () => ({ method: 'PUT' }), 'sent by PUT'],
  ['with a basic header beside the form', () => ({ headers: { authorization: 'Basic YTpi' } }), 'Authorization'],
])('a code is not traded %s', async (_, init, finding) => {
  const body = await tokenRequest();
  expect(await post('/v2/oauth2', body, init(body))).not.toMatchObject({ status: 0 });
  expect(stage.server.findings.join()).toContain(finding);
});

test('a code works once, and an address that nobody has is found', async () => {
  const body = await tokenRequest();
  await post('/v2/oauth2', body);
  expect(await post('/v2/oauth2', body)).toMatchObject({ status: 503, error: 'refresh_token' });
  expect((await fetch(`${stage.server.origin}/https/evil.example/token`)).status).toBe(404);
  expect(stage.server.findings).toEqual(['GET https://evil.example/token is no address of the definition']);
});

async function refresh(token: unknown): Promise<Record<string, unknown>> {
  const answer = await post('/v2/oauth2', {
    action: 'requesttoken',
    grant_type: 'refresh_token',
    client_id: 'rehearsal-client',
    client_secret: secretOf(),
    refresh_token: String(token),
  });
  return (answer['body'] ?? {}) as Record<string, unknown>;
}

test('an old refresh token is taken by the rule of the definition: here for a time, and until the new token is used', async () => {
  const { body: first } = (await post('/v2/oauth2', await tokenRequest())) as { body: Record<string, unknown> };
  const second = await refresh(first['refresh_token']);
  expect(second['refresh_token']).not.toBe(first['refresh_token']);
  const again = await refresh(first['refresh_token']);
  expect(again['access_token']).toBeDefined();
  const headers = { authorization: `Bearer ${String(again['access_token'])}` };
  expect(await post('/v2/user', { action: 'getdevice' }, { headers })).toMatchObject({ status: 0 });
  expect(await refresh(first['refresh_token'])).toEqual({});
  expect(await refresh(again['refresh_token'])).toEqual({}); // the whole grant is over
});

test('a revocation needs a signature, and a nonce that was given out and is used once', async () => {
  await post('/v2/oauth2', await tokenRequest());
  const sign = (...values: string[]): string => createHmac('sha256', secretOf()).update(values.join(',')).digest('hex');
  const timestamp = String(Math.floor(Date.now() / 1000));
  const client = { client_id: 'rehearsal-client' };
  const wanted = { action: 'getnonce', ...client, timestamp };
  expect(await post('/v2/signature', { ...wanted, signature: sign('guessed') })).not.toMatchObject({ status: 0 });
  const signature = sign('getnonce', 'rehearsal-client', timestamp);
  const { body } = (await post('/v2/signature', { ...wanted, signature })) as { body: { nonce: string } };
  const revoke = { action: 'revoke', ...client, userid: 'anna', nonce: body.nonce };
  expect(await post('/v2/oauth2', { ...revoke, signature: sign('wrong') })).not.toMatchObject({ status: 0 });
  const signed = { ...revoke, signature: sign('revoke', 'rehearsal-client', body.nonce) };
  expect(await post('/v2/oauth2', signed)).toMatchObject({ status: 0 });
  expect(await post('/v2/oauth2', signed)).not.toMatchObject({ status: 0 });
  expect(stage.server.findings.at(-1)).toContain('nonce');
});

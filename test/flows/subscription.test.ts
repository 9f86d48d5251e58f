import { createClient } from 'graphql-sse';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { connectUser } from '../support/connected-user.js';
import { changes, follow, type EventReader } from '../support/event-reader.js';
import { sendAlone } from '../support/lone-request.js';
import { startOidcProvider } from '../support/oidc-provider.js';
import type { TestOidcProvider } from '../support/oidc-provider.js';
import { startTestApp } from '../support/test-app.js';
import type { TestApp } from '../support/test-app.js';

let oidc: TestOidcProvider;
let app: TestApp;
const open: EventReader[] = [];

beforeAll(async () => {
  oidc = await startOidcProvider();
  app = await startTestApp({
    providers: (url) => {
      oidc.registerRedirectUri(`${url}/oauth/callback/test`);
      return [oidc.provider()];
    },
    environment: {
      LATCHKEY_LIMIT_USER_STREAMS: '3',
      LATCHKEY_LIMIT_QUERY_DEPTH: '5',
      LATCHKEY_CORS_ORIGINS: 'https://app.example',
    },
  });
});
afterEach(() => {
  for (const reader of open.splice(0)) reader.close();
});
afterAll(async () => {
  await app?.close();
  await oidc?.close();
});

async function subscribe(userId: string, options: Parameters<typeof follow>[2] = {}): Promise<EventReader> {
  const reader = await follow(`${app.url}/graphql`, await app.tokenFor(userId), options);
  open.push(reader);
  return reader;
}

async function connect(userId: string): Promise<{ token: string; accountId: string }> {
  const token = await app.tokenFor(userId);
  return { token, accountId: await connectUser({ app, oidc, token, login: userId }) };
}

/** What happened next; a RESYNC may come at any time. */
async function nextEvent(reader: EventReader): Promise<Record<string, unknown>> {
  for (;;) {
    const change = await reader.nextChange();
    if (change['type'] !== 'RESYNC') return change;
  }
}

async function refresh(token: string, accountId: string) {
  return app.query({
    token,
    query: `mutation { refreshAccount(input: { accountId: "${accountId}" }) { problem { code } } }`,
  });
}

test('a user follows their accounts from connection to end, after a RESYNC; another user hears nothing of it', async () => {
  const [own, other] = [await subscribe('anna'), await subscribe('ben')];
  expect(await own.nextChange()).toMatchObject({ type: 'RESYNC', accountId: null, account: null });
  expect(await other.nextChange()).toMatchObject({ type: 'RESYNC' });
  const { token, accountId } = await connect('anna');
  expect(await nextEvent(own)).toMatchObject({
    type: 'CONNECTED',
    accountId,
    account: { id: accountId, status: 'ACTIVE' },
  });
  await refresh(token, accountId);
  expect(await nextEvent(own)).toMatchObject({ type: 'REFRESHED', accountId });
  oidc.revokeGrant('anna');
  await refresh(token, accountId);
  expect(await nextEvent(own)).toMatchObject({
    type: 'NEEDS_REAUTHORIZATION',
    account: { status: 'NEEDS_REAUTHORIZATION' },
  });
  await connect('anna');
  expect(await nextEvent(own)).toMatchObject({ type: 'RECOVERED', account: { status: 'ACTIVE' } });
  await app.query({
    token,
    query: `mutation { disconnectAccount(input: { accountId: "${accountId}" }) { accountId } }`,
  });
  expect(await nextEvent(own)).toMatchObject({ type: 'DISCONNECTED', accountId, account: null });
  await connect('ben');
  expect(await nextEvent(other)).toMatchObject({ type: 'CONNECTED' }); // and nothing of anna's before
});

test('a stream is begun with headers that keep it from being stored or gathered', async () => {
  const { status, headers } = await subscribe('carl');
  expect(status).toBe(200);
  expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect([headers.get('cache-control'), headers.get('x-accel-buffering')]).toEqual(['no-store', 'no']);
});

test.each([
  ['no JWT', null, 401],
  ['a JWT that is none', 'nonsense', 401],
])('%s opens no stream', async (_what, token, status) => {
  const reader = await follow(`${app.url}/graphql`, token);
  expect(reader.status).toBe(status);
});

test.each(['POST', 'GET', 'PUT', 'DELETE'])('another Host gets nothing of a stream, by %s', async (method) => {
  const { status, text } = await sendAlone({
    url: `${app.url}/graphql`,
    method,
    headers: {
      host: 'rebound.example',
      accept: 'text/event-stream',
      'content-type': 'application/json',
      authorization: `Bearer ${await app.tokenFor('dora')}`,
    },
    ...(method === 'POST' ? { body: JSON.stringify({ query: changes }) } : {}),
  });
  expect(status).toBe(421);
  expect(text).not.toContain('event:');
});

test('an origin of an app may read', async () => {
  const reader = await subscribe('dora', { headers: { origin: 'https://app.example' } });
  expect(reader.headers.get('access-control-allow-origin')).toBe('https://app.example');
  const preflight = await fetch(`${app.url}/graphql`, {
    method: 'OPTIONS',
    headers: { origin: 'https://app.example' },
  });
  expect(preflight.headers.get('access-control-allow-methods')).toContain('PUT');
  expect(preflight.headers.get('access-control-allow-headers')).toContain('x-graphql-event-stream-token');
});

test('a user has so many streams and no more; one that is closed makes room', async () => {
  const readers = [await subscribe('emil'), await subscribe('emil'), await subscribe('emil')];
  for (const reader of readers) await reader.nextChange();
  expect((await subscribe('emil')).status).toBe(429);
  expect((await subscribe('frida')).status).toBe(200);
  readers[0]?.close();
  await vi.waitFor(async () => expect((await subscribe('emil')).status).toBe(200));
});

test.each([
  ['too deep', 'subscription { connectedAccountChanged { account { refreshHistory { edges { node { id } } } } } }'],
  [
    'too dear',
    `subscription { connectedAccountChanged { ${Array.from({ length: 20 }, (_, n) => `a${n}: account { refreshHistory(first: 100) { nodes { id at reason outcome tookMs } } }`).join(' ')} } }`,
  ],
  [
    'too many aliases',
    `subscription { connectedAccountChanged { ${Array.from({ length: 40 }, (_, n) => `a${n}: at`).join(' ')} } }`,
  ],
  ['of two fields', 'subscription { a: connectedAccountChanged { at } b: connectedAccountChanged { at } }'],
  ['of no such field', 'subscription { connectedAccountChanged { secret } }'],
])('a subscription that is %s is refused with its reason, as over plain HTTP', async (_what, query) => {
  const reader = await subscribe('gero', { query });
  const frame = await reader.next();
  expect(frame).toMatchObject({
    event: 'next',
    data: { errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED', requestId: expect.any(String) } }] },
  });
  expect(await reader.next()).toMatchObject({ event: 'complete' });
  expect(await reader.next()).toBeNull();
});

test('a subscription without a stream is told how it is done', async () => {
  const { data, errors } = await app.query({ query: changes, token: await app.tokenFor('hanna') });
  expect(data).toBeUndefined();
  expect(errors).toMatchObject([{ message: expect.stringContaining('text/event-stream') }]);
});

test('who takes JSON too gets a stream for a subscription and JSON for a query', async () => {
  const headers = { accept: 'application/graphql-response+json, application/json, text/event-stream' };
  const reader = await subscribe('ida', { headers });
  expect(await reader.nextChange()).toMatchObject({ type: 'RESYNC' });
  const plain = await subscribe('ida', { headers, query: '{ viewer { id } }' });
  expect(plain.headers.get('content-type')).toContain('json');
});

test('a query may be streamed as well, and a mutation not by GET', async () => {
  const reader = await subscribe('jan', { query: '{ viewer { id } }' });
  expect(await reader.next()).toEqual({ event: 'next', data: { data: { viewer: { id: 'jan' } } } });
  expect(await reader.next()).toEqual({ event: 'complete', data: null });
  const mutation = encodeURIComponent('mutation { disconnectAccount(input: { accountId: "acc_1" }) { accountId } }');
  const refused = await follow(`${app.url}/graphql?query=${mutation}`, await app.tokenFor('jan'), { method: 'GET' });
  expect(refused.status).toBe(405);
});

test.each([false, true])('graphql-sse’s client follows; in a single connection: %s', async (singleConnection) => {
  const userId = `sse-${singleConnection}`;
  const token = await app.tokenFor(userId);
  const client = createClient({
    url: `${app.url}/graphql`,
    singleConnection,
    headers: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
  });
  const types: unknown[] = [];
  const results = client.iterate<{ connectedAccountChanged: { type: string } }>({ query: changes });
  for await (const { data } of results) {
    types.push(data?.connectedAccountChanged.type);
    if (types.length === 1) await connect(userId);
    if (types.length === 2) break;
  }
  expect(types).toEqual(['RESYNC', 'CONNECTED']);
  const answers: unknown[] = [];
  for await (const { data } of client.iterate({ query: '{ viewer { id } }' })) answers.push(data);
  expect(answers).toEqual([{ viewer: { id: userId } }]);
  client.dispose();
});

test('a reserved stream is its user’s alone, opens once, and takes each name once', async () => {
  const [kim, leo] = [await app.tokenFor('kim'), await app.tokenFor('leo')];
  const call = (
    method: string,
    token: string,
    stream: string | null,
    more: { accept?: string; body?: string; query?: string } = {},
  ) =>
    fetch(`${app.url}/graphql${more.query ?? ''}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(stream === null ? {} : { 'x-graphql-event-stream-token': stream }),
        ...(more.accept ? { accept: more.accept } : {}),
        ...(more.body ? { 'content-type': 'application/json' } : {}),
      },
      ...(more.body ? { body: more.body } : {}),
    });
  const stream = await (await call('PUT', kim, null)).text();
  const body = JSON.stringify({ query: changes, extensions: { operationId: 'one' } });
  expect((await call('POST', leo, stream, { body })).status).toBe(404);
  expect((await call('GET', leo, stream, { accept: 'text/event-stream' })).status).toBe(404);
  expect((await call('POST', kim, stream, { body })).status).toBe(202);
  expect((await call('POST', kim, stream, { body })).status).toBe(409);
  const opened = await call('GET', kim, stream, { accept: 'text/event-stream' });
  expect(opened.status).toBe(200);
  expect((await call('GET', kim, stream, { accept: 'text/event-stream' })).status).toBe(409);
  expect((await call('DELETE', kim, stream, { query: '?operationId=one' })).status).toBe(200);
  expect((await call('POST', kim, stream, { body })).status).toBe(202);
  for (const name of ['__proto__', 'constructor']) {
    const odd = JSON.stringify({ query: changes, extensions: { operationId: name } });
    expect((await call('POST', kim, stream, { body: odd })).status).toBe(202);
    expect((await call('POST', kim, name, { body: odd })).status).toBe(404);
  }
  await opened.body?.cancel();
  await vi.waitFor(async () => expect((await call('POST', kim, stream, { body })).status).toBe(404));
});

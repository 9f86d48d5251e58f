/** sendProviderRequest: the proxy's rules, for JSON in GraphQL. */
import type { IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openProxyWorld, type ProxyWorld } from '../support/proxy-world.js';

let world: ProxyWorld;
beforeAll(async () => {
  world = await openProxyWorld({
    api: { allow: [{ methods: null, paths: ['/things/**', '/echo'], roles: ['user'] }] },
  });
});
afterAll(() => world.close());

interface Answered {
  readonly code: unknown;
  readonly payload: {
    readonly status: number | null;
    readonly body: unknown;
    readonly account: { readonly id: string } | null;
    readonly problem: { readonly code: string; readonly message: string } | null;
  } | null;
}

async function call(
  input: Readonly<Record<string, unknown>> = {},
  user = 'anna',
  roles: string[] = [],
): Promise<Answered> {
  const { data, errors } = await world.app.query({
    token: await world.app.tokenFor(user, roles),
    query: `mutation ($input: SendProviderRequestInput!) {
      sendProviderRequest(input: $input) { status body account { id } problem { code message } } }`,
    variables: { input: { provider: 'test', method: 'GET', path: '/things', ...input } },
  });
  const code = errors?.[0]?.extensions['code'] ?? null;
  return {
    code,
    payload: (data as { sendProviderRequest: Answered['payload'] } | undefined)?.sendProviderRequest ?? null,
  };
}

const answerWith = (status: number, body: string | Buffer, path = '/v1/things'): void =>
  world.api.on(path, (_request, response) => response.writeHead(status).end(body));
const last = (): IncomingMessage => world.api.requests.at(-1) as IncomingMessage;

test.each(['POST', 'PUT', 'PATCH', 'DELETE'])('a %s carries JSON there and back', async (method) => {
  world.api.on('/v1/echo', (request, response) => {
    void json(request).then((seen) => response.writeHead(201).end(JSON.stringify({ seen })));
  });
  const { payload } = await call({ method, path: '/echo', body: { a: [1, 'ü', null] } });
  expect(payload).toEqual({
    status: 201,
    body: { seen: { a: [1, 'ü', null] } },
    account: { id: world.accountId },
    problem: null,
  });
  expect(last().headers).toMatchObject({ 'content-type': 'application/json', accept: 'application/json' });
});

test.each([
  [404, '{"error":"none"}', { error: 'none' }],
  [500, '[1]', [1]],
  [200, '"text"', 'text'],
  [200, 'plain text', 'plain text'],
  [204, '', null],
  [200, Buffer.from([0xff, 0xfe]), null],
])('any answer is an answer: %i %s', async (status, bytes, body) => {
  answerWith(status, bytes);
  const { payload } = await world.passTimeUntil(call());
  expect(payload).toMatchObject({ status, body, problem: null });
});

test('a token in an answer is masked, the cursor of a page is not', async () => {
  world.api.on('/v1/things', ({ headers }, response) => {
    const token = headers.authorization?.slice('Bearer '.length) ?? '';
    const hex = Buffer.from(token).toString('hex');
    response.end(JSON.stringify({ token, hex, nextPageToken: 'page-two-0123456789' }));
  });
  const { payload } = await call();
  expect(payload?.body).toEqual({
    token: expect.stringMatching(/^\*+$/),
    hex: expect.stringMatching(/^\*+$/),
    nextPageToken: 'page-two-0123456789',
  });
});

test('an answer that is too long, too deep or cut is a problem', async () => {
  answerWith(200, `"${'x'.repeat(1024 * 1024)}"`);
  expect((await call()).payload).toMatchObject({ status: null, problem: { code: 'PROVIDER_UNAVAILABLE' } });
  answerWith(200, `${'['.repeat(5000)}${']'.repeat(5000)}`);
  expect((await call()).payload).toMatchObject({ status: null, problem: { code: 'PROVIDER_UNAVAILABLE' } });
  world.api.on('/v1/things', ({ socket }, response) => {
    response.writeHead(200, { 'content-length': 9 });
    response.write('[1', () => setImmediate(() => socket.destroy()));
  });
  expect((await call()).payload).toMatchObject({ status: null, problem: { code: 'PROVIDER_UNAVAILABLE' } });
});

test('a provider that is slow is a problem before the request’s own time is over', async () => {
  const arrived = new Promise<void>((resolve) => world.api.on('/v1/things/slow', () => resolve()));
  const answered = call({ path: '/things/slow' });
  await arrived;
  world.clock.advance(25_000);
  expect((await answered).payload).toMatchObject({ status: null, problem: { code: 'PROVIDER_UNAVAILABLE' } });
});

test('what stands in a user’s way is a problem, and what the caller got wrong an error', async () => {
  expect((await call({}, 'nobody')).payload).toMatchObject({ problem: { code: 'NOT_CONNECTED' } });
  expect(await call({ path: '/closed' })).toMatchObject({ code: 'FORBIDDEN' });
  expect(await call({ path: '/things/%2e%2e/closed' })).toMatchObject({ code: 'BAD_USER_INPUT' });
  expect(await call({ path: 'https://evil.example/' })).toMatchObject({ code: 'BAD_USER_INPUT' });
  expect(await call({ body: { a: 1 } })).toMatchObject({ code: 'BAD_USER_INPUT' });
  expect(await call({ provider: 'nobody' })).toMatchObject({ code: 'UNKNOWN_PROVIDER' });
  expect(await call({ accountId: 'acc_nobody' })).toMatchObject({ code: 'ACCOUNT_NOT_FOUND' });
});

test('a refused token is renewed once, and the body goes out again', async () => {
  let first: string | undefined;
  world.api.on('/v1/echo', (request, response) => {
    first ??= request.headers.authorization;
    if (request.headers.authorization === first) response.writeHead(401).end();
    else request.pipe(response);
  });
  expect((await call({ method: 'POST', path: '/echo', body: 'again' })).payload).toMatchObject({ body: 'again' });
});

test('an admin calls on behalf of a user', async () => {
  answerWith(200, '1');
  const onBehalfOf = { userId: 'anna', reason: 'ticket 42' };
  expect((await call({ onBehalfOf }, 'ada', ['admin'])).payload).toMatchObject({
    body: 1,
    account: { id: world.accountId },
  });
  expect(await call({ onBehalfOf }, 'ben')).toMatchObject({ code: 'FORBIDDEN' });
});

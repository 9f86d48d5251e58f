import { EventEmitter, once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { Caller } from '../../src/callers/caller.js';
import { fail } from '../../src/errors.js';
import type { UseCases } from '../../src/graphql/use-cases.js';
import type { Route } from '../../src/http/route.js';
import { createTestClock } from '../support/test-clock.js';
import { startServer, type TestAnswer, type TestServer, type TestServerOptions } from './start-server.js';
import { userCaller } from '../support/callers.js';

const open: TestServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function serve(options: TestServerOptions): Promise<TestServer> {
  const server = await startServer({ authenticate, useCases, ...options });
  open.push(server);
  return server;
}

/** `Bearer <user>` is valid for every user but "nobody". */
async function authenticate(header: string | undefined): Promise<Caller> {
  const userId = header?.replace('Bearer ', '') ?? 'nobody';
  if (userId === 'nobody') return fail('UNAUTHENTICATED');
  return userCaller(userId);
}

const useCases = { catalogue: { list: () => [] } } as unknown as UseCases;

function ask({ send }: TestServer, userId: string | null, query = '{ viewer { id } }'): Promise<TestAnswer> {
  const authorization = userId === null ? {} : { authorization: `Bearer ${userId}` };
  const headers = { 'content-type': 'application/json', ...authorization };
  return send({ method: 'POST', path: '/graphql', headers, body: JSON.stringify({ query }) });
}

const page: Route = { method: 'GET', path: '/page', who: 'anyone', bodyLimitBytes: 0, handle: async () => 'hi' };

test('a user past the limit is told when to come back, in GraphQL’s shape; others go on', async () => {
  const clock = createTestClock();
  const server = await serve({ clock, limits: { userRequestsPerMinute: 2 } });
  expect((await ask(server, 'anna')).status).toBe(200);
  expect((await ask(server, 'anna')).status).toBe(200);
  const refused = await ask(server, 'anna');
  expect(refused.status).toBe(429);
  expect(refused.headers['retry-after']).toBe('30');
  expect(refused.headers['content-type']).toBe('application/graphql-response+json; charset=utf-8');
  expect(refused.json()).toEqual({
    errors: [
      {
        message: 'Too many requests. Try again in 30 seconds.',
        extensions: {
          code: 'TOO_MANY_REQUESTS',
          remedy: 'RETRY',
          retryAfterSeconds: 30,
          requestId: refused.headers['x-request-id'],
        },
      },
    ],
  });
  expect((await ask(server, 'berta')).status).toBe(200);
  clock.advance(30_000);
  expect((await ask(server, 'anna')).status).toBe(200);
});

test('a request past the limit is not even parsed', async () => {
  const server = await serve({ clock: createTestClock(), limits: { userRequestsPerMinute: 1 } });
  await ask(server, 'anna');
  expect((await ask(server, 'anna', '{ nonsense')).status).toBe(429);
});

test('an app that may call from its origin can read that it calls too often', async () => {
  const server = await serve({ clock: createTestClock(), limits: { addressRequestsPerMinute: 1 } });
  const headers = { origin: 'https://app.example', 'content-type': 'application/json' };
  const call = () => server.send({ method: 'POST', path: '/graphql', headers, body: '{"query":"{ __typename }"}' });
  await call();
  const refused = await call();
  expect(refused.status).toBe(429);
  expect(refused.headers['access-control-allow-origin']).toBe('https://app.example');
  expect(refused.headers['access-control-expose-headers']).toContain('retry-after');
});

test('who has no JWT is counted by address, in plain shape on plain paths, also on paths that are not there', async () => {
  const clock = createTestClock();
  const server = await serve({ clock, routes: [page], limits: { addressRequestsPerMinute: 3 } });
  const statusOf = async (method: string, path: string) => (await server.send({ method, path })).status;
  expect(await statusOf('GET', '/page')).toBe(200);
  expect(await statusOf('GET', '/nowhere')).toBe(404);
  expect(await statusOf('DELETE', '/page')).toBe(405);
  const refused = await server.send({ path: '/page' });
  expect(refused.status).toBe(429);
  expect(refused.headers['retry-after']).toBe('20');
  expect(refused.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(refused.json()).toMatchObject({ status: 429, code: 'TOO_MANY_REQUESTS', remedy: 'RETRY' });
  expect(await statusOf('GET', '/nowhere')).toBe(429);
  expect(await statusOf('DELETE', '/page')).toBe(429);
  expect(await statusOf('OPTIONS', '/graphql')).toBe(429);
  expect((await ask(server, null)).status).toBe(429);
});

test('probes are never counted', async () => {
  const server = await serve({ clock: createTestClock(), limits: { addressRequestsPerMinute: 1 } });
  await server.send({ path: '/nowhere' });
  for (const path of ['/healthz', '/readyz']) {
    for (let count = 0; count < 5; count += 1) expect((await server.send({ path })).status).toBe(200);
  }
});

test('JWTs that are refused are counted by address; one that is valid goes on from there', async () => {
  const clock = createTestClock();
  const server = await serve({ clock, limits: { addressFailuresPerMinute: 2 } });
  const wrong = await ask(server, 'nobody');
  expect(wrong.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  await ask(server, 'nobody');
  const refused = await ask(server, 'nobody');
  expect([refused.status, refused.headers['retry-after']]).toEqual([429, '30']);
  expect((await ask(server, 'anna')).status).toBe(200);
});

test('the same holds for routes that callers alone may use', async () => {
  const mine: Route = { ...page, path: '/mine', who: 'caller' };
  const limits = { addressFailuresPerMinute: 1, userRequestsPerMinute: 1 };
  const server = await serve({ clock: createTestClock(), routes: [mine], limits });
  const statusOf = async (authorization: string) =>
    (await server.send({ path: '/mine', headers: { authorization } })).status;
  expect([await statusOf('Bearer nobody'), await statusOf('Bearer nobody')]).toEqual([401, 429]);
  expect([await statusOf('Bearer anna'), await statusOf('Bearer anna')]).toEqual([200, 429]);
});

test('behind a trusted proxy the address is the client’s, and without one it is the connection’s', async () => {
  const limits = { addressRequestsPerMinute: 1 };
  const behind = await serve({
    clock: createTestClock(),
    routes: [page],
    limits,
    server: { trustedProxies: ['127.0.0.0/8'] },
  });
  const bare = await serve({ clock: createTestClock(), routes: [page], limits });
  const statusOf = async ({ send }: TestServer, client: string) =>
    (await send({ path: '/page', headers: { 'x-forwarded-for': client } })).status;
  expect([await statusOf(behind, '203.0.113.1'), await statusOf(behind, '203.0.113.2')]).toEqual([200, 200]);
  expect(await statusOf(behind, '203.0.113.1')).toBe(429);
  expect([await statusOf(bare, '203.0.113.1'), await statusOf(bare, '203.0.113.2')]).toEqual([200, 429]);
});

test('one user has only so many requests under way; a place is free again once its answer is out', async () => {
  const door = new EventEmitter();
  const slow: Route = {
    ...page,
    path: '/slow',
    who: 'caller',
    handle: async () => {
      const opened = once(door, 'open');
      door.emit('knock');
      await opened;
      return 'done';
    },
  };
  const server = await serve({ routes: [slow], limits: { userConcurrency: 1 } });
  const get = (userId: string) => server.send({ path: '/slow', headers: { authorization: `Bearer ${userId}` } });
  const knocked = once(door, 'knock');
  const first = get('anna');
  await knocked;
  const second = await get('anna');
  expect([second.status, second.headers['retry-after']]).toEqual([429, '1']);
  expect((await ask(server, 'berta')).status).toBe(200);
  door.emit('open');
  expect((await first).status).toBe(200);
  const again = once(door, 'knock');
  const third = get('anna');
  await again;
  door.emit('open');
  expect((await third).status).toBe(200);
});

test('one address holds half of the connections at most, so that another finds a place', async () => {
  const server = await serve({ limits: { connections: 4 } });
  const held = await Promise.all([openFrom('127.0.0.1', server.port), openFrom('127.0.0.1', server.port)]);
  await expect(server.send({ path: '/healthz' })).rejects.toThrow(/ECONNRESET|socket hang up/);
  const other = await openFrom('127.0.0.2', server.port);
  other.write(`GET /healthz HTTP/1.1\r\nhost: 127.0.0.1:${server.port}\r\nconnection: close\r\n\r\n`);
  const [bytes] = (await once(other, 'data')) as [Buffer];
  expect(bytes.toString()).toMatch(/^HTTP\/1\.1 200/);
  const [first] = held;
  first?.destroy();
  await expect.poll(async () => (await server.send({ path: '/healthz' }).catch(() => null))?.status).toBe(200);
  for (const socket of [...held, other]) socket.destroy();
});

test('a trusted proxy may hold all connections, since it speaks for many', async () => {
  const server = await serve({ limits: { connections: 4 }, server: { trustedProxies: ['127.0.0.1'] } });
  const held = await Promise.all(Array.from({ length: 3 }, () => openFrom('127.0.0.1', server.port)));
  expect((await server.send({ path: '/healthz' })).status).toBe(200);
  for (const socket of held) socket.destroy();
});

test('headers and bodies that never end are answered 408, and their connections closed', async () => {
  const server = await serve({ timeLimits: { headers: 40, body: 80, check: 10 } });
  const host = `host: 127.0.0.1:${server.port}`;
  for (const begun of [
    `GET /healthz HTTP/1.1\r\n${host}\r\nx-slow: `,
    `POST /graphql HTTP/1.1\r\n${host}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{`,
  ]) {
    const socket = await openFrom('127.0.0.1', server.port);
    let text = '';
    socket.on('data', (bytes: Buffer) => (text += bytes.toString()));
    socket.write(begun);
    await once(socket, 'close');
    expect(text).toMatch(/^HTTP\/1\.1 408 [^]*REQUEST_TIMEOUT/);
  }
});

async function openFrom(localAddress: string, port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

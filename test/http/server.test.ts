import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { StartFault } from '../../src/config/start-fault.js';
import { Fault } from '../../src/errors.js';
import { callerOf } from '../../src/http/request-caller.js';
import type { Route } from '../../src/http/route.js';
import { startServer } from './start-server.js';
import type { TestServer, TestServerOptions } from './start-server.js';
import { userCaller } from '../support/callers.js';

const open: TestServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function serve(options?: TestServerOptions): Promise<TestServer> {
  const server = await startServer(options);
  open.push(server);
  return server;
}

const hello: Route = {
  method: 'GET',
  path: '/hello/:name',
  who: 'anyone',
  bodyLimitBytes: 0,
  handle: async () => 'hi',
};
const form: Route = {
  method: 'POST',
  path: '/form',
  who: 'anyone',
  bodyLimitBytes: 64,
  handle: async (request) => request.body,
};

test.each([
  ['GET', '/hello/you'],
  ['HEAD', '/hello/you'],
  ['OPTIONS', '/graphql'],
  ['POST', '/graphql'],
  ['DELETE', '/hello/you'],
  ['GET', '/nowhere'],
  ['PROPFIND', '/nowhere'],
  ['GET', '/healthz'],
  ['GET', '/%zz'],
])('%s %s of an unknown Host is refused with 421', async (method, path) => {
  const { send } = await serve({ routes: [hello] });
  const answer = await send({ method, path, headers: { host: 'evil.example' } });
  expect(answer.status).toBe(421);
});

test('the Host is compared with its port and without regard to case', async () => {
  const { send, port } = await serve({ routes: [hello] });
  const statusOf = async (host: string) => (await send({ path: '/hello/you', headers: { host } })).status;
  expect(await statusOf('LATCHKEY.example')).toBe(200);
  expect(await statusOf(`127.0.0.1:${port}`)).toBe(200);
  expect(await statusOf('latchkey.example:81')).toBe(421);
  expect(await statusOf('127.0.0.1')).toBe(421);
  expect(await statusOf('127.0.0.1:0')).toBe(421);
});

test('X-Forwarded-Host is believed of a listed proxy and of nobody else', async () => {
  const headers = { host: 'inner:80', 'x-forwarded-host': 'latchkey.example' };
  const behind = await serve({ routes: [hello], server: { trustedProxies: ['127.0.0.0/8'] } });
  const alone = await serve({ routes: [hello], server: { trustedProxies: ['10.0.0.0/8'] } });
  const bare = await serve({ routes: [hello] });
  expect((await behind.send({ path: '/hello/you', headers })).status).toBe(200);
  expect((await alone.send({ path: '/hello/you', headers })).status).toBe(421);
  expect((await bare.send({ path: '/hello/you', headers })).status).toBe(421);
});

test('an unknown path is a problem document with 404 that says where the API is', async () => {
  const { send } = await serve();
  const answer = await send({ path: '/nowhere?token=planted' });
  expect(answer.status).toBe(404);
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(answer.json()).toMatchObject({ status: 404, code: 'NOT_FOUND', requestId: answer.headers['x-request-id'] });
  expect(answer.text).not.toContain('planted');
});

test('a path that exists answers 405 to other methods and says which it serves', async () => {
  const { send } = await serve({ routes: [hello, form] });
  const refused = await send({ method: 'DELETE', path: '/hello/you' });
  expect(refused.status).toBe(405);
  expect(refused.headers.allow).toBe('GET, HEAD');
  expect(refused.json()).toMatchObject({ code: 'METHOD_NOT_ALLOWED' });
  expect((await send({ path: '/form' })).headers.allow).toBe('POST');
  const graphql = await send({
    method: 'PATCH',
    path: '/graphql',
    headers: { 'content-type': 'application/xml' },
    body: '<a/>',
  });
  expect(graphql.status).toBe(405);
  expect(graphql.json()).toMatchObject({ errors: [{ extensions: { code: 'METHOD_NOT_ALLOWED' } }] });
});

test.each([
  ['text/plain', 'a=b', 415],
  ['application/json', '{"a":"b"}', 415],
  ['multipart/form-data; boundary=x', '--x--', 415],
  ['application/x-www-form-urlencoded', `a=${'b'.repeat(64)}`, 413],
  ['application/x-www-form-urlencoded; charset=utf-8', 'a=b', 200],
])('a form route answers a body of %s as its row says', async (type, body, status) => {
  const { send } = await serve({ routes: [form] });
  expect((await send({ method: 'POST', path: '/form', headers: { 'content-type': type }, body })).status).toBe(status);
});

test('a body without a media type is refused with 415', async () => {
  const { send } = await serve({ routes: [form] });
  expect((await send({ method: 'POST', path: '/form', body: 'a=b' })).status).toBe(415);
});

test('every answer carries the headers that keep browsers strict', async () => {
  const { send } = await serve({ routes: [hello] });
  for (const path of ['/hello/you', '/nowhere', '/healthz']) {
    const { headers } = await send({ path });
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
    expect(headers['strict-transport-security']).toBeUndefined();
  }
});

test('browsers are told to come back by https where the public URL is https', async () => {
  const { send } = await serve({ server: { publicUrl: 'https://latchkey.example' } });
  expect((await send({ path: '/healthz' })).headers['strict-transport-security']).toMatch(/max-age=\d+/);
});

test('request ids are made here and never taken from outside', async () => {
  let count = 0;
  const { send } = await serve({ routes: [hello], newRequestId: () => `made-${(count += 1)}` });
  const headers = { 'x-request-id': 'theirs', 'request-id': 'theirs' };
  expect((await send({ path: '/hello/you', headers })).headers['x-request-id']).toBe('made-1');
  expect((await send({ path: '/hello/you', headers })).headers['x-request-id']).toBe('made-2');
});

test('a request is logged with its path and without its query', async () => {
  const { send, log } = await serve({ routes: [hello] });
  await send({ path: '/hello/you?code=planted-code&state=planted-state' });
  const line = log.lines.find(({ event }) => event === 'http.answered');
  expect(line).toMatchObject({ method: 'GET', path: '/hello/you', status: 200 });
  expect(JSON.stringify(log.lines)).not.toContain('planted');
});

test('a fault of our own is logged in full and answered in general words', async () => {
  const broken: Route = { ...hello, handle: () => Promise.reject(new Error('the planted cause')) };
  const { send, log } = await serve({ routes: [broken] });
  const answer = await send({ path: '/hello/you' });
  expect(answer.status).toBe(500);
  expect(answer.json()).toMatchObject({ code: 'INTERNAL', requestId: answer.headers['x-request-id'] });
  expect(answer.text).not.toContain('planted');
  expect(JSON.stringify(log.lines)).toContain('the planted cause');
});

test('a fault of the table keeps its sentence, its status and its waiting time', async () => {
  const slow: Route = {
    ...hello,
    handle: () => Promise.reject(new Fault('PROVIDER_RATE_LIMITED', { provider: 'demo', retryAfterSeconds: 7 })),
  };
  const { send } = await serve({ routes: [slow] });
  const answer = await send({ path: '/hello/you' });
  expect(answer.status).toBe(503);
  expect(answer.headers['retry-after']).toBe('7');
  expect(answer.json()).toMatchObject({
    code: 'PROVIDER_RATE_LIMITED',
    remedy: 'RETRY',
    detail: expect.stringContaining('7 seconds'),
  });
});

test('a route for callers runs only with a caller, and learns who it is', async () => {
  const mine: Route = { ...hello, who: 'caller', handle: async (request) => callerOf(request).id };
  const anna = userCaller('anna');
  const { send } = await serve({
    routes: [mine],
    authenticate: async (header) => {
      if (header === 'Bearer good') return anna;
      throw new Fault('UNAUTHENTICATED');
    },
  });
  const refused = await send({ path: '/hello/you' });
  expect(refused.status).toBe(401);
  expect(refused.headers['www-authenticate']).toBe('Bearer');
  const answered = await send({ path: '/hello/you', headers: { authorization: 'Bearer good' } });
  expect(answered.text).toBe('anna');
});

test('a handler of a route for anyone that asks who calls is a fault of ours', async () => {
  const { send } = await serve({ routes: [{ ...hello, handle: async (request) => callerOf(request).id }] });
  expect((await send({ path: '/hello/you' })).status).toBe(500);
});

test('an app of a configured origin may call the API from a browser, without cookies; no other origin may', async () => {
  const { send } = await serve({ routes: [hello] });
  const ask = (origin: string, path: string) =>
    send({ method: 'OPTIONS', path, headers: { origin, 'access-control-request-method': 'POST' } });

  const known = await ask('https://app.example', '/graphql');
  expect(known.status).toBe(204);
  expect(known.headers).toMatchObject({ 'access-control-allow-origin': 'https://app.example', vary: 'Origin' });
  expect(known.headers['access-control-allow-headers']).toContain('authorization');
  expect(known.headers['access-control-allow-credentials']).toBeUndefined();

  const unknown = await ask('https://app.example.evil.example', '/graphql');
  expect(unknown.headers['access-control-allow-origin']).toBeUndefined();
  expect(unknown.headers['access-control-allow-headers']).toBeUndefined();
  expect((await ask('null', '/graphql')).headers['access-control-allow-origin']).toBeUndefined();
  expect((await ask('https://app.example', '/hello/you')).headers['access-control-allow-origin']).toBeUndefined();
});

test('a refusal is readable by the app that asked, too', async () => {
  const { send } = await serve();
  const headers = { origin: 'https://app.example', 'content-type': 'application/json' };
  const answer = await send({ method: 'POST', path: '/graphql', headers, body: '{' });
  expect(answer.status).toBe(400);
  expect(answer.headers['access-control-allow-origin']).toBe('https://app.example');
});

test('a port in use is one sentence with the mend', async () => {
  const { port } = await serve();
  const second = startServer({ server: { port } });
  await expect(second).rejects.toThrow(StartFault);
  await expect(second).rejects.toThrow(
    `The port ${port} on 127.0.0.1 is in use; end the program that holds it, or set PORT`,
  );
});

test('an address of another machine is one sentence with the mend', async () => {
  await expect(startServer({ server: { host: '192.0.2.1' } })).rejects.toThrow('set HOST to one that is');
});

test('bytes that are no request get a problem document and a closed connection', async () => {
  const { port } = await serve();
  const text = await sendBytes(port, 'NONSENSE\r\n\r\n');
  expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  expect(text).toContain('"code":"BAD_REQUEST"');
});

test('a request without a Host is refused', async () => {
  const { port } = await serve({ routes: [hello] });
  expect(await sendBytes(port, 'GET /hello/you HTTP/1.1\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  expect(await sendBytes(port, 'GET /hello/you HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 421 /);
});

function sendBytes(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (chunk) => (text += chunk.toString('utf8')));
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
  });
}

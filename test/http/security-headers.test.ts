import { once } from 'node:events';
import { createConnection } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Connect } from '../../src/connect/create-connect.js';
import { fail } from '../../src/errors.js';
import { playgroundRoutes } from '../../src/http/playground/playground-routes.js';
import { callbackRoutes } from '../../src/http/routes/callback.js';
import { connectRoutes } from '../../src/http/routes/connect.js';
import { flowAssetRoutes } from '../../src/http/routes/flow-assets.js';
import { metricsRoutes } from '../../src/http/routes/metrics.js';
import { plainSpeech } from '../../src/providers/plain-speech.js';
import type { Provider } from '../../src/providers/provider.js';
import { Secret } from '../../src/secret.js';
import { collectLog } from '../support/log-lines.js';
import { startServer, type TestServer } from './start-server.js';

let server: TestServer;

/** Every route that app.ts puts into the table, before parts that know one provider and no attempt. */
beforeAll(async () => {
  const { log } = collectLog();
  const provider = { ...plainSpeech(), id: 'test', name: 'Test' } as unknown as Provider;
  const catalogue = {
    list: () => [provider],
    get: (id: string) => (id === 'test' ? provider : fail('UNKNOWN_PROVIDER')),
    forAccount: () => provider,
  };
  const refuse = async (): Promise<never> => fail('STATE_INVALID');
  const connect = {
    link: {
      assertUnopened: async () => undefined,
      open: async () => ({ authorizationUrl: 'https://provider.example/' }),
    },
    browser: { assertExpected: async () => undefined, finish: refuse },
  } as unknown as Connect;
  server = await startServer({
    routes: [
      ...connectRoutes({ connect, catalogue, log }),
      ...callbackRoutes({ connect, catalogue, log }),
      ...flowAssetRoutes(),
      ...metricsRoutes({
        book: { page: async () => ({ contentType: 'text/plain', text: '' }) },
        token: Secret.of('x'.repeat(32)),
      }),
      ...playgroundRoutes({
        config: {
          playground: true,
          mode: 'development',
          dataFolder: '/nowhere',
          server: { publicUrl: 'https://latchkey.example' },
        },
      }),
    ],
  });
});
afterAll(() => server.close());

/** Throws what is missing. */
function expectStrict(headers: Readonly<Record<string, unknown>>, what: string): void {
  const policy = String(headers['content-security-policy']);
  expect(policy, what).toMatch(/default-src 'none'.*base-uri 'none'.*frame-ancestors 'none'/);
  expect(policy, what).not.toMatch(/unsafe| \*/);
  expect(headers, what).toMatchObject({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': expect.stringMatching(/^no-(store|cache)$/),
  });
}

const values: Readonly<Record<string, string>> = { ':provider': 'test', ':name': 'boot.js' };
const methods = ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS', 'PROPFIND'];

test('every route of the table answers strictly, whatever the method and whatever comes of it', async () => {
  const seen = new Set<number>();
  for (const path of new Set(server.routes.map((route) => route.path))) {
    const filled = path.replace(/:\w+/g, (name) => values[name] ?? 'x');
    for (const method of methods) {
      for (const query of ['', '?result=connected&link=x&code=x&state=x']) {
        const { status, headers } = await server.send({ method, path: `${filled}${query}` });
        seen.add(status);
        expectStrict(headers, `${method} ${filled}${query}: ${status}`);
      }
    }
  }
  expect([...seen]).toEqual(expect.arrayContaining([200, 204, 400, 401, 405])); // a positive control
});

test('the table holds the routes that it is known to have', () => {
  expect(server.routes.map(({ path }) => path)).toEqual(
    expect.arrayContaining([
      '/graphql',
      '/healthz',
      '/readyz',
      '/metrics',
      '/playground',
      '/connect/:provider',
      '/oauth/callback/:provider',
      '/assets/flow.css',
    ]),
  );
});

test('no route answers another Host, and the refusal is as strict', async () => {
  for (const { method, path } of server.routes) {
    const filled = path.replace(/:\w+/g, (name) => values[name] ?? 'x');
    const { status, headers } = await server.send({ method, path: filled, headers: { host: 'evil.example' } });
    expect(status, filled).toBe(421);
    expectStrict(headers, filled);
  }
});

test.each([
  ['a path that is not there', { path: '/nowhere' }, 404],
  ['a path that cannot be read', { path: '/%zz' }, 400],
  ['a path that is too long', { path: `/connect/${'x'.repeat(200)}` }, 414],
  ['a file that changed not', { path: '/assets/flow.css', headers: { 'if-none-match': '*' } }, 200],
  [
    'a body that is too long',
    {
      method: 'POST',
      path: '/connect/test',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'x'.repeat(2_000),
    },
    413,
  ],
  [
    'a body of another type',
    { method: 'POST', path: '/graphql', headers: { 'content-type': 'text/plain' }, body: 'x' },
    415,
  ],
  ['an expectation that is not met', { path: '/healthz', headers: { expect: 'miracles' } }, 417],
])('%s is refused as strictly', async (_what, request, status) => {
  const answer = await server.send(request);
  expect(answer.status).toBe(status);
  expectStrict(answer.headers, request.path);
});

test('even bytes that are no request are answered strictly', async () => {
  const socket = createConnection(server.port, '127.0.0.1');
  let text = '';
  socket.on('data', (bytes: Buffer) => (text += bytes.toString('utf8')));
  socket.write('NONSENSE\r\n\r\n');
  await once(socket, 'close');
  const lines = text.split('\r\n\r\n')[0]?.split('\r\n').slice(1) ?? [];
  expectStrict(Object.fromEntries(lines.map((line) => line.split(/: (.*)/, 2))), 'nonsense');
});

import { afterEach, expect, test } from 'vitest';
import { metricsRoutes } from '../../../src/http/routes/metrics.js';
import { Secret } from '../../../src/secret.js';
import { startServer } from '../start-server.js';
import type { TestServer } from '../start-server.js';

const token = 'planted-metrics-token-0123456789';
let server: TestServer | undefined;
afterEach(() => server?.close());

async function serveMetrics(): Promise<TestServer> {
  const page = async () => ({ contentType: 'text/plain; version=0.0.4; charset=utf-8', text: 'planted_page 1\n' });
  return (server = await startServer({ routes: metricsRoutes({ book: { page }, token: Secret.of(token) }) }));
}

test.each([
  ['without a token', {}],
  ['with another token', { authorization: `Bearer ${token}x` }],
  ['with a part of the token', { authorization: `Bearer ${token.slice(0, -1)}` }],
  ['with the token as a password', { authorization: `Basic ${btoa(`metrics:${token}`)}` }],
  ['with the token and more', { authorization: `Bearer ${token} ${token}` }],
])('whoever comes %s is refused, and learns nothing of the page', async (_how, headers) => {
  const { send } = await serveMetrics();
  const answer = await send({ path: '/metrics', headers });
  expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer']);
  expect(answer.text).not.toContain('planted_page');
  expect(answer.text).toContain('LATCHKEY_METRICS_TOKEN');
  expect(answer.text).not.toContain('JWT'); // which opens other doors
});

test('a token in the address is not looked at', async () => {
  const { send } = await serveMetrics();
  expect((await send({ path: `/metrics?access_token=${token}` })).status).toBe(401);
});

test('who has the token gets the page as Prometheus reads it, for no cache', async () => {
  const { send, log } = await serveMetrics();
  const answer = await send({ path: '/metrics', headers: { authorization: `bearer ${token}` } });
  expect([answer.status, answer.text]).toEqual([200, 'planted_page 1\n']);
  expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(JSON.stringify(log.lines)).not.toContain(token);
});

test('where no token is set there is no such path', async () => {
  server = await startServer();
  expect((await server.send({ path: '/metrics', headers: { authorization: `Bearer ${token}` } })).status).toBe(404);
});

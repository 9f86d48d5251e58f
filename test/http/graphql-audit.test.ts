import { auditServer } from 'graphql-http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServer } from './start-server.js';
import type { TestServer } from './start-server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

test('the endpoint does all that GraphQL over HTTP demands and all that it advises', async () => {
  const results = await auditServer({ url: `http://127.0.0.1:${server.port}/graphql` });
  const passed = (level: string): number =>
    results.filter(({ name, status }) => name.startsWith(`${level} `) && status === 'ok').length;
  expect({ must: passed('MUST'), should: passed('SHOULD') }).toEqual({ must: 13, should: 23 });
  const broken = results.filter(({ status }) => status === 'error' || status === 'warn').map(({ name }) => name);
  expect(broken).toEqual([]);
});

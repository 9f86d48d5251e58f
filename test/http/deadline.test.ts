import { afterEach, expect, test } from 'vitest';
import type { Caller } from '../../src/callers/caller.js';
import { fail } from '../../src/errors.js';
import type { UseCases } from '../../src/graphql/use-cases.js';
import type { Route } from '../../src/http/route.js';
import { createGate } from '../support/gate.js';
import { createTestClock } from '../support/test-clock.js';
import { startServer, type TestAnswer, type TestServer } from './start-server.js';
import { userCaller } from '../support/callers.js';

let server: TestServer | undefined;
afterEach(() => server?.close());

const anna = userCaller('anna');

function post(query: string): Promise<TestAnswer> {
  const headers = { 'content-type': 'application/json', authorization: 'Bearer anna' };
  if (!server) throw new Error('The test has no server.');
  return server.send({ method: 'POST', path: '/graphql', headers, body: JSON.stringify({ query }) });
}

test('a field that takes too long is an error of its own; what was there is answered, and the work goes on', async () => {
  const clock = createTestClock();
  const asked = createGate();
  const provider = createGate();
  let isDone = false;
  const useCases = {
    catalogue: { list: () => [], get: () => fail('UNKNOWN_PROVIDER') },
    me: {
      async read() {
        asked.open();
        await provider.opened;
        isDone = true;
        return fail('NOT_CONNECTED');
      },
    },
  } as unknown as UseCases;
  server = await startServer({ clock, useCases, authenticate: async () => anna, limits: { requestMs: 5_000 } });

  const answering = post(
    '{ providers { id } viewer { id profile(provider: "slow") { __typename } } me(provider: "slow") { id } }',
  );
  await asked.opened;
  clock.advance(5_000);
  const answer = await answering;
  expect(answer.status).toBe(200);
  expect(answer.json()).toMatchObject({
    data: { providers: [], viewer: { id: 'anna', profile: null }, me: null },
    errors: [
      { extensions: { code: 'DEADLINE_EXCEEDED' } },
      { extensions: { code: 'DEADLINE_EXCEEDED', remedy: 'RETRY' } },
    ],
  });
  expect(isDone).toBe(false);
  provider.open();
  await expect.poll(() => isDone).toBe(true);
});

test('a mutation whose turn comes after the deadline is not begun', async () => {
  const clock = createTestClock();
  const asked = createGate();
  const disconnected: string[] = [];
  const useCases = {
    connect: {
      async disconnect(_actor: unknown, accountId: string) {
        disconnected.push(accountId);
        asked.open();
        return new Promise(() => undefined);
      },
    },
  } as unknown as UseCases;
  server = await startServer({ clock, useCases, authenticate: async () => anna, limits: { requestMs: 5_000 } });
  const field = (id: string): string => `${id}: disconnectAccount(input: { accountId: "${id}" }) { accountId }`;
  const answering = post(`mutation { ${field('one')} ${field('two')} }`);
  await asked.opened;
  clock.advance(5_000);
  expect((await answering).json()).toMatchObject({
    data: { one: null, two: null },
    errors: [{ path: ['one'] }, { path: ['two'], extensions: { code: 'DEADLINE_EXCEEDED' } }],
  });
  expect(disconnected).toEqual(['one']);
});

test('keys of callers that do not come in time are told as the deadline too', async () => {
  const clock = createTestClock();
  const asked = createGate();
  const authenticate = (): Promise<Caller> => {
    asked.open();
    return new Promise(() => undefined);
  };
  server = await startServer({ clock, authenticate, limits: { requestMs: 5_000 } });
  const answering = post('{ viewer { id } }');
  await asked.opened;
  clock.advance(5_000);
  const answer = await answering;
  expect(answer.status).toBe(504);
  expect(answer.json()).toMatchObject({ errors: [{ extensions: { code: 'DEADLINE_EXCEEDED' } }] });
});

test('a plain route that takes too long is answered 504', async () => {
  const clock = createTestClock();
  const asked = createGate();
  const slow: Route = {
    method: 'GET',
    path: '/slow',
    who: 'anyone',
    bodyLimitBytes: 0,
    handle: () => {
      asked.open();
      return new Promise(() => undefined);
    },
  };
  server = await startServer({ clock, routes: [slow], limits: { requestMs: 5_000 } });
  const answering = server.send({ path: '/slow' });
  await asked.opened;
  clock.advance(5_000);
  const answer = await answering;
  expect(answer.status).toBe(504);
  expect(answer.json()).toMatchObject({ code: 'DEADLINE_EXCEEDED', remedy: 'RETRY' });
});

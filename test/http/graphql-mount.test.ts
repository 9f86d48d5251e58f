import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServer } from './start-server.js';
import type { TestAnswer, TestServer } from './start-server.js';
import type { Caller } from '../../src/callers/caller.js';
import { fail } from '../../src/errors.js';
import type { UseCases } from '../../src/graphql/use-cases.js';
import { userCaller } from '../support/callers.js';

const json = 'application/json; charset=utf-8';
const graphqlJson = 'application/graphql-response+json; charset=utf-8';
const typename = '{ __typename }';

const useCases = useCasesThatMark('latchkey_abc');
let server: TestServer;
let verified = 0;

beforeAll(async () => {
  server = await startServer({ useCases, authenticate });
});
afterAll(() => server.close());

function post(body: unknown, headers: Record<string, string> = {}): Promise<TestAnswer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return server.send({
    method: 'POST',
    path: '/graphql',
    headers: { 'content-type': 'application/json', ...headers },
    body: text,
  });
}

test.each([
  ['malformed JSON', '{"query": "planted', 400, 'BAD_REQUEST'],
  ['an empty body', '', 400, 'BAD_REQUEST'],
  ['a body over 256 KiB', JSON.stringify({ query: typename, pad: 'x'.repeat(256 * 1024) }), 413, 'PAYLOAD_TOO_LARGE'],
  ['a key that would change prototypes', '{"query":"{ __typename }","__proto__":{"a":1}}', 400, 'BAD_REQUEST'],
])('%s is refused in the shape of a GraphQL answer', async (_what, body, status, code) => {
  const answer = await post(body);
  expect(answer.status).toBe(status);
  expect(answer.headers['content-type']).toBe(graphqlJson);
  expect(answer.json()).toEqual({
    errors: [
      {
        message: expect.any(String),
        extensions: { code, remedy: 'RETRY', requestId: answer.headers['x-request-id'] },
      },
    ],
  });
  expect(answer.text).not.toContain('planted');
});

test('a body of another media type is refused with 415 before it is read', async () => {
  const answer = await post('query=%7B__typename%7D', {
    'content-type': 'application/x-www-form-urlencoded',
    'apollo-require-preflight': 'yes',
  });
  expect(answer.status).toBe(415);
  expect(answer.headers['content-type']).toBe(graphqlJson);
});

test('no answer outside the 200s is application/json', async () => {
  const wrong = [{ query: '{' }, { query: '{ nothing }' }, {}, [{ query: typename }], { query: 1 }, { variables: 'x' }];
  for (const accept of ['application/json', '*/*', 'application/graphql-response+json', 'text/html']) {
    for (const body of wrong) {
      const { status, headers } = await post(body, { accept });
      if (headers['content-type'] !== graphqlJson) expect({ accept, body, status }).toMatchObject({ status: 200 });
    }
  }
});

test.each([
  [undefined, 200, json],
  ['application/json', 200, json],
  ['application/graphql-response+json', 200, graphqlJson],
  ['application/graphql-response+json, application/json;q=0.9', 200, graphqlJson],
  ['application/json, application/graphql-response+json;q=0.9', 200, json],
  ['text/html', 406, graphqlJson],
])('a client that accepts %s gets an answer with %i as %s', async (accept, status, type) => {
  const answer = await post({ query: typename }, accept ? { accept } : {});
  expect([answer.status, answer.headers['content-type']]).toEqual([status, type]);
});

test('a document that cannot be executed is 400 for new clients and 200 for old ones', async () => {
  const query = '{ nothing }';
  expect((await post({ query }, { accept: 'application/graphql-response+json' })).status).toBe(400);
  expect((await post({ query }, { accept: 'application/json' })).status).toBe(200);
});

test('several operations in one request are refused', async () => {
  const answer = await post([{ query: typename }, { query: typename }]);
  expect(answer.status).toBe(400);
  expect(answer.text).toContain('batching');
});

function get(query: string, headers: Record<string, string>): Promise<TestAnswer> {
  return server.send({ path: `/graphql?query=${encodeURIComponent(query)}`, headers });
}

test('a query may come by GET only from what can set a header; a mutation never', async () => {
  const plain = await get(typename, {});
  expect(plain.status).toBe(400);
  expect(plain.text).toContain('CSRF');
  expect((await get(typename, { 'apollo-require-preflight': 'yes' })).status).toBe(200);
  const mutation = 'mutation { disconnectAccount(input: {accountId: "acc_1"}) { accountId } }';
  expect((await get(mutation, { 'apollo-require-preflight': 'yes' })).status).toBe(405);
});

test('a browser that opens /graphql gets no page from elsewhere', async () => {
  const answer = await server.send({ path: '/graphql', headers: { accept: 'text/html' } });
  expect(answer.status).toBe(400);
  expect(answer.text).not.toContain('<');
});

test('without a token every root answers UNAUTHENTICATED, and nothing is read', async () => {
  const { json: read } = await post({ query: '{ providers { id } }' });
  expect(read()).toMatchObject({ data: null, errors: [{ extensions: { code: 'UNAUTHENTICATED', remedy: 'RETRY' } }] });
});

test('one request verifies its token once, however many fields ask', async () => {
  verified = 0;
  const query = '{ a: viewer { id } b: viewer { id } providers { id } provider(id: "none") { id } }';
  const { json: read } = await post({ query }, { authorization: 'Bearer anna' });
  expect(read()).toEqual({ data: { a: { id: 'anna' }, b: { id: 'anna' }, providers: [], provider: null } });
  expect(verified).toBe(1);
});

test('a variable that does not fit is BAD_USER_INPUT, and its value is not repeated', async () => {
  const query =
    'mutation ($a: AuthorizationAnswerInput!) { completeAuthorization(input: { answer: $a }) { problem { code } } }';
  const answer = await post({
    query,
    variables: { a: { handle: 'planted', callbackUrl: 'https://a.example/?code=planted' } },
  });
  expect(answer.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT', remedy: 'RETRY' } }] });
  expect(answer.text).not.toContain('planted');
  expect(JSON.stringify(server.log.lines)).not.toContain('planted');
});

test('the id of the request stands in each error and in the header', async () => {
  const answer = await post({ query: '{ me(provider: "none") { id } viewer { id } }' });
  const { errors } = answer.json() as { errors: { extensions: { requestId: string } }[] };
  expect(errors.map(({ extensions }) => extensions.requestId)).toEqual([
    answer.headers['x-request-id'],
    answer.headers['x-request-id'],
  ]);
});

const start = 'mutation { startAuthorization(input: {provider: "demo"}) { state } }';

test('what is refused before GraphQL begins carries the id of its request too', async () => {
  const refused = [
    await get(typename, {}), // CSRF
    await post([{ query: typename }]), // a batch
    await post({}),
    await post({ query: 1 }),
    await post({ query: typename, variables: 'x' }),
    await post({ query: typename }, { accept: 'text/html' }),
  ];
  for (const answer of refused) {
    expect(answer.json()).toMatchObject({
      errors: [{ extensions: { code: 'BAD_REQUEST', requestId: answer.headers['x-request-id'] } }],
    });
  }
});

test('startAuthorization marks the browser with a cookie that no script reads and no other site sends', async () => {
  const answer = await post({ query: start }, { authorization: 'Bearer anna' });
  expect(answer.headers['set-cookie']).toEqual([
    'latchkey_abc=planted-mark; Max-Age=600; Path=/; HttpOnly; SameSite=Lax',
  ]);
});

test('on https the cookie is Secure and keeps its name, which binds it to this host', async () => {
  const secure = await startServer({
    useCases: useCasesThatMark('__Host-latchkey_abc'),
    authenticate,
    server: { publicUrl: 'https://latchkey.example' },
  });
  const headers = { 'content-type': 'application/json', authorization: 'Bearer anna', host: 'latchkey.example' };
  const answer = await secure.send({
    method: 'POST',
    path: '/graphql',
    headers,
    body: JSON.stringify({ query: start }),
  });
  expect(answer.headers['set-cookie']).toEqual([
    '__Host-latchkey_abc=planted-mark; Max-Age=600; Path=/; HttpOnly; Secure; SameSite=Lax',
  ]);
  await secure.close();
});

test('where introspection is off, neither the schema nor a guess at its names is told', async () => {
  const closed = await startServer({ useCases, authenticate, introspection: false });
  const ask = (query: string) =>
    closed.send({
      method: 'POST',
      path: '/graphql',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
  expect((await ask('{ __schema { types { name } } }')).json()).toMatchObject({
    errors: [
      {
        message:
          'Questions about the schema ("__schema") are not answered here. The operator may allow them with LATCHKEY_INTROSPECTION=true.',
        extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
      },
    ],
  });
  expect((await ask('{ viewer { __typename } }')).json()).not.toMatchObject({
    errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
  });
  expect((await ask('{ viewr { id } }')).text).not.toContain('Did you mean');
  expect((await post({ query: '{ viewr { id } }' })).text).toContain('Did you mean');
  await closed.close();
});

function useCasesThatMark(cookieName: string): UseCases {
  return {
    catalogue: { list: () => [], get: () => fail('UNKNOWN_PROVIDER') },
    me: { read: async () => fail('UNKNOWN_PROVIDER') },
    connect: {
      start: async () => ({
        authorizationUrl: 'https://provider.example/auth',
        oneTimeUrl: 'https://latchkey.example/connect/demo?link=x',
        state: 'planted-state',
        expiresAt: 0,
        browserCookie: { name: cookieName, value: 'planted-mark', maxAgeSeconds: 600 },
      }),
    },
  } as unknown as UseCases;
}

async function authenticate(header: string | undefined): Promise<Caller> {
  verified += 1;
  if (header === undefined) return fail('UNAUTHENTICATED');
  return userCaller(header.replace('Bearer ', ''));
}

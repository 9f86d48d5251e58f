import { afterEach, expect, test } from 'vitest';
import { Fault } from '../../src/errors.js';
import type { UseCases } from '../../src/graphql/use-cases.js';
import { startServer, type TestServer } from '../http/start-server.js';
import { userCaller } from '../support/callers.js';

let server: TestServer | undefined;
afterEach(() => server?.close());

/** What is told of the root fields of an operation; `me` fails by a fault of ours, `viewer` is answered. */
async function endsOf(query: string): Promise<string[]> {
  const ends: string[] = [];
  server = await startServer({
    authenticate: async (header) => {
      if (header === undefined) throw new Fault('UNAUTHENTICATED');
      return userCaller('anna', Number.MAX_SAFE_INTEGER);
    },
    useCases: { me: { read: () => Promise.reject(new TypeError('planted')) } } as unknown as UseCases,
    metrics: {
      fieldAnswered: ({ field, outcome }) => void ends.push(`${field} ${outcome}`),
      requestAnswered: () => undefined,
    },
  });
  await server.send({
    method: 'POST',
    path: '/graphql',
    headers: { 'content-type': 'application/json', authorization: 'Bearer anna' },
    body: JSON.stringify({ query }),
  });
  return ends.toSorted((one, other) => one.localeCompare(other));
}

test.each([
  ['a field that is answered', '{ viewer { id } }', ['viewer ANSWERED']],
  ['a field that fails by a fault of ours', '{ me(provider: "x") { name } }', ['me FAILED']],
  ['each field by its own end', '{ a: viewer { id } b: me(provider: "x") { name } }', ['me FAILED', 'viewer ANSWERED']],
  ['each alias of a field', '{ a: viewer { id } b: viewer { id } }', ['viewer ANSWERED', 'viewer ANSWERED']],
  ['a field once, however often it is asked under one key', '{ viewer { id } viewer { id } }', ['viewer ANSWERED']],
  ['fields in fragments', '{ ...F ... on Query { b: viewer { id } } } fragment F on Query { viewer { id } }', 2],
  ['no field that is left out', '{ viewer @skip(if: true) { id } __typename }', ['__typename ANSWERED']],
  ['an operation that does not parse, without a name', '{ planted', ['null REFUSED']],
  ['a field that is not in the schema, without its name', '{ planted viewer { id } }', ['null REFUSED']],
])('%s is told', async (_what, query, expected) => {
  const ends = await endsOf(query);
  expect(ends).toEqual(typeof expected === 'number' ? Array(expected).fill('viewer ANSWERED') : expected);
});

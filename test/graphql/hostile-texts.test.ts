import * as fc from 'fast-check';
import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLObjectType,
} from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildGraphqlSchema } from '../../src/graphql/build-schema.js';
import { startOidcProvider, type TestOidcProvider } from '../support/oidc-provider.js';
import { startTestApp, type GraphqlAnswer, type TestApp } from '../support/test-app.js';

let oidc: TestOidcProvider;
let app: TestApp;

beforeAll(async () => {
  oidc = await startOidcProvider();
  app = await startTestApp({ providers: () => [oidc.provider()] });
});

afterAll(async () => {
  await app?.close();
  await oidc?.close();
});

/** What somebody may send where a text is wanted: characters that are none, very long ones, and ones that mean something. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 300 }),
  fc.constantFrom(
    '',
    '\0',
    'acc_\0',
    '\ud800',
    'x\udfff',
    'test',
    ' ',
    "'; DROP TABLE x; --",
    '%00',
    '../..',
    '\u202e',
  ),
  fc.constantFrom('x'.repeat(65), 'ä'.repeat(5_000), 'https://app.example/?code=%00&state=\0', 'https://a.example/'),
  fc.constantFrom('\0', '\ud800').map((id) => cursorOf(id)),
  fc.string({ unit: 'binary', maxLength: 20 }).map((end) => `${oidc.issuer}/callback?code=${end}&state=${end}`),
  fc.string({ unit: 'binary', maxLength: 20 }).map(cursorOf),
);

function cursorOf(id: string): string {
  return Buffer.from(JSON.stringify([1, id])).toString('base64url');
}

/** A value for an argument of this type; texts wherever the type has them. */
function valueOf(type: GraphQLInputType): fc.Arbitrary<unknown> {
  if (!isNonNullType(type)) return fc.option(presentValueOf(type), { nil: undefined, freq: 4 });
  return presentValueOf(type);
}

function presentValueOf(type: GraphQLInputType): fc.Arbitrary<unknown> {
  const inner = getNullableType(type);
  if (isListType(inner)) return fc.array(valueOf(inner.ofType), { maxLength: 3 });
  if (isEnumType(inner)) return fc.constantFrom(...inner.getValues().map(({ name }) => name));
  if (!isInputObjectType(inner)) return getNamedType(inner).name === 'Int' ? fc.integer({ min: 1, max: 100 }) : text;
  const fields = Object.values(inner.getFields()).map((field): [string, fc.Arbitrary<unknown>] => [
    field.name,
    valueOf(field.type),
  ]);
  if (!inner.isOneOf) return fc.record(Object.fromEntries(fields));
  return fc.oneof(
    ...Object.values(inner.getFields()).map(({ name, type: one }) =>
      presentValueOf(one).map((value) => ({ [name]: value })),
    ),
  );
}

interface Asked {
  readonly place: string;
  readonly query: string;
  readonly variables: fc.Arbitrary<Record<string, unknown>>;
}

const schema = buildGraphqlSchema();
const asked = [
  ...askedOf('query', schema.getQueryType(), (field) => field),
  ...askedOf('query', schema.getType('User') as GraphQLObjectType, (field) => `viewer { ${field} }`),
  ...askedOf('mutation', schema.getMutationType(), (field) => field),
];

/** One operation for each field of the type that takes arguments. */
function askedOf(kind: string, type: GraphQLObjectType | null | undefined, within: (field: string) => string): Asked[] {
  const fields = Object.values(type?.getFields() ?? {}).filter(({ args }) => args.length > 0);
  return fields.map(({ name, args }) => {
    const declared = args.map((arg) => `$${arg.name}: ${String(arg.type)}${defaultOf(arg)}`).join(', ');
    const given = args.map((arg) => `${arg.name}: $${arg.name}`).join(', ');
    return {
      place: `${type?.name}.${name}`,
      query: `${kind} (${declared}) { ${within(`${name}(${given}) { __typename }`)} }`,
      variables: fc.record(Object.fromEntries(args.map((arg) => [arg.name, valueOf(arg.type)]))),
    };
  });
}

function defaultOf({ defaultValue }: GraphQLArgument): string {
  return defaultValue === undefined ? '' : ` = ${JSON.stringify(defaultValue)}`;
}

function isFaultOfOurs({ status, errors = [] }: GraphqlAnswer): boolean {
  return status >= 500 || errors.some(({ extensions }) => extensions['code'] === 'INTERNAL');
}

test.each(asked)('no text makes $place fail as a fault of ours', async ({ query, variables }) => {
  const token = await app.tokenFor('anna', ['admin']);
  await fc.assert(
    fc.asyncProperty(variables, async (values) => {
      const answer = await app.query({ query, variables: values, token });
      expect(isFaultOfOurs(answer), JSON.stringify(answer)).toBe(false);
    }),
    { numRuns: 40 },
  );
});

test('every field that takes a text is among those that were tried', () => {
  expect(asked.map(({ place }) => place)).toEqual(
    expect.arrayContaining(['Query.me', 'Query.onBehalfOf', 'User.profile', 'Mutation.completeAuthorization']),
  );
  expect(asked.length).toBeGreaterThan(10);
});

test('texts that stand in the document are held to the same', async () => {
  const token = await app.tokenFor('anna');
  const { errors } = await app.query({ query: '{ viewer { connectedAccount(id: "a\\u0000b") { id } } }', token });
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: 'query' } }]);
});

test('an id that is too long to be one is not found, and leaves no trace', async () => {
  const admin = await app.tokenFor('root', ['admin']);
  const long = 'x'.repeat(65);
  const onBehalf = `onBehalfOf: { userId: "berta", reason: "Ticket 1" }`;
  const queries: [string, string][] = [
    [
      `{ onBehalfOf(userId: "berta", reason: "Ticket 1") { profile(provider: "test", accountId: "${long}") { __typename } } }`,
      'ACCOUNT_NOT_FOUND',
    ],
    [
      `{ onBehalfOf(userId: "berta", reason: "Ticket 1") { profile(provider: "${long}") { __typename } } }`,
      'UNKNOWN_PROVIDER',
    ],
    [
      `mutation { refreshAccount(input: { accountId: "${long}", ${onBehalf} }) { problem { code } } }`,
      'ACCOUNT_NOT_FOUND',
    ],
    [`mutation { disconnectAccount(input: { accountId: "${long}", ${onBehalf} }) { accountId } }`, 'ACCOUNT_NOT_FOUND'],
    [
      `mutation { startAuthorization(input: { provider: "test", accountId: "${long}", ${onBehalf} }) { state } }`,
      'ACCOUNT_NOT_FOUND',
    ],
  ];
  for (const [query, code] of queries) {
    const { errors } = await app.query({ query, token: admin });
    expect(errors, query).toMatchObject([{ extensions: { code } }]);
  }
  const { data } = await app.query({
    query: '{ viewer { auditEvents { nodes { action accountId } } } }',
    token: await app.tokenFor('berta'),
  });
  const { nodes } = (data['viewer'] as { auditEvents: { nodes: { action: string; accountId: unknown }[] } })
    .auditEvents;
  expect(new Set(nodes.map(({ action, accountId }) => `${action} ${String(accountId)}`))).toEqual(
    new Set(['user.read null']),
  );
});

test.each(['/connect/test', '/oauth/callback/test', '/oauth/callback/test/outcome'])(
  'no query and no form makes %s fail as a fault of ours',
  async (path) => {
    const names = fc.constantFrom('code', 'state', 'iss', 'error', 'error_description', 'link', 'result', 'x');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(names, text), { maxLength: 4 }), async (pairs) => {
        const parameters = new URLSearchParams(
          pairs.map(([name, value]): [string, string] => [name, value.slice(0, 2_000)]),
        );
        const seen = await fetch(`${app.url}${path}?${parameters.toString()}`, { redirect: 'manual' });
        const posted = await fetch(`${app.url}${path}`, { method: 'POST', body: parameters, redirect: 'manual' });
        expect(Math.max(seen.status, posted.status)).toBeLessThan(500);
      }),
      { numRuns: 40 },
    );
  },
);

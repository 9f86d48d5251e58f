/** What the internet sends at /graphql, each kind many times over, while users go on as if nothing were there. */
import { performance } from 'node:perf_hooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectUser } from '../support/connected-user.js';
import { startOidcProvider, type TestOidcProvider } from '../support/oidc-provider.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

let oidc: TestOidcProvider;
let app: TestApp;
let token: string;

beforeAll(async () => {
  oidc = await startOidcProvider();
  app = await startTestApp({
    providers: (url) => {
      oidc.registerRedirectUri(`${url}/oauth/callback/test`);
      return [oidc.provider()];
    },
  });
  token = await app.tokenFor('anna');
  await connectUser({ app, oidc, token, login: 'anna' });
});

afterAll(async () => {
  await app?.close();
  await oidc?.close();
});

function times(count: number, make: (index: number) => string): string {
  return Array.from({ length: count }, (_one, index) => make(index)).join(' ');
}

const account =
  'id provider { id name parameters { name description pattern required } refreshPolicy { mode reason } }';
const page = `connectedAccounts(first: 100) { edges { node { ${account} } } nodes { ${account} } totalCount }`;
const profile =
  'profile(provider: "test") { ... on AmbiguousAccountProblem { accounts { provider { parameters { name } } } } }';
const introspection = '__schema { types { fields { args { type { name kind } } type { name kind } } } }';

/** Each as the body of a POST. */
const attacks: readonly [what: string, body: () => string][] = [
  ['lists in lists, page upon page', () => queryOf(`{ viewer { ${times(10, (i) => `a${i}: ${page}`)} } }`)],
  [
    'the same behind fragments',
    () =>
      queryOf(
        `{ ${times(3, (i) => `a${i}: viewer { ...F }`)} } fragment F on User { ...G } fragment G on User { ${times(5, (i) => `b${i}: ${page}`)} }`,
      ),
  ],
  [
    'pages whose length comes as a variable',
    () =>
      JSON.stringify({
        query: `query ($n: Int!) { viewer { ${times(8, (i) => `a${i}: connectedAccounts(first: $n) { nodes { ${account} } }`)} } }`,
        variables: { n: 100 },
      }),
  ],
  ['sixty calls to a provider', () => queryOf(`{ ${times(60, (i) => `a${i}: viewer { ${profile} }`)} }`)],
  ['ten thousand aliases', () => queryOf(`{ ${times(10_000, (i) => `a${i}: __typename`)} }`)],
  ['a document of a megabyte', () => queryOf(`{ viewer { id } } # ${'x'.repeat(1024 * 1024)}`)],
  ['a text of a megabyte', () => queryOf(`{ me(provider: "${'x'.repeat(1024 * 1024)}") { id } }`)],
  ['a thousand operations in one batch', () => `[${Array<string>(1000).fill(queryOf('{ viewer { id } }')).join(',')}]`],
  ['a thousand operations in one document', () => queryOf(times(1000, (i) => `query Q${i} { viewer { id } }`))],
  ['a thousand levels', () => queryOf(`${'{ viewer '.repeat(900)}{ id }${' }'.repeat(900)}`)],
  ['a thousand levels of lists', () => queryOf(`{ me(provider: ${'['.repeat(1900)}${']'.repeat(1900)}) { id } }`)],
  ['ten thousand directives', () => queryOf(`{ viewer ${'@skip(if: false) '.repeat(10_000)}{ id } }`)],
  [
    'a hundred directives at a hundred fields',
    () => queryOf(`{ viewer { ${times(100, (i) => `a${i}: id @include(if: true)`)} } }`),
  ],
  ['the schema, fifteen times over', () => queryOf(`{ ${times(15, (i) => `a${i}: ${introspection}`)} }`)],
  [
    'a schema of schemas',
    () => queryOf(`{ __schema { types { ${'fields { type { '.repeat(5)}name${' } }'.repeat(5)} } } }`),
  ],
  [
    'fields that overlap, pair by pair',
    () => queryOf(`{ viewer { ${'connectedAccounts { nodes { id } } '.repeat(190)} } }`),
  ],
  ['one field, six hundred times', () => queryOf(`{ viewer { ${'id '.repeat(600)} } }`)],
  [
    'fragments that overlap, pair by pair',
    () =>
      queryOf(`{ viewer { ${times(150, (i) => `...F${i}`)} } } ${times(150, (i) => `fragment F${i} on User { id }`)}`),
  ],
  [
    'fragments that double',
    () =>
      queryOf(
        `{ ...F0 } ${times(40, (i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`)} fragment F40 on Query { viewer { id } }`,
      ),
  ],
  [
    'fragments that spread themselves',
    () => queryOf('{ ...A } fragment A on Query { ...B viewer { id } } fragment B on Query { ...A }'),
  ],
  [
    'fifty thousand variables',
    () => JSON.stringify({ query: startWithScopes, variables: { scopes: Array(50_000).fill('x') } }),
  ],
  [
    'variables without end',
    () => `{"query":"{ viewer { id } }","variables":{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}}`,
  ],
  [
    'a thousand variables that are declared',
    () => queryOf(`query (${times(400, (i) => `$v${i}: Int`)}) { viewer { id } }`),
  ],
];

const startWithScopes =
  'mutation ($scopes: [String!]) { startAuthorization(input: { provider: "test", scopes: $scopes }) { state } }';

function queryOf(query: string): string {
  return JSON.stringify({ query });
}

interface Answered {
  readonly status: number;
  readonly text: string;
}

async function send(body: string): Promise<Answered> {
  const response = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json',
      authorization: `Bearer ${token}`,
    },
    body,
  });
  return { status: response.status, text: await response.text() };
}

const honest = queryOf('{ me(provider: "test") { id externalId account { id status } } }');

function readsOfProfiles(): number {
  return oidc.requests.filter(({ endpoint }) => endpoint === 'userinfo').length;
}

test.each(attacks)('%s: refused before anything is resolved', async (_what, body) => {
  const before = readsOfProfiles();
  const { status, text } = await send(body());
  expect([400, 413], text.slice(0, 300)).toContain(status);
  const { errors, data } = JSON.parse(text) as { errors: { extensions: { code: string } }[]; data?: unknown };
  expect(data).toBeUndefined();
  expect(errors.map(({ extensions }) => extensions.code)).not.toContain('INTERNAL');
  expect(text.length).toBeLessThan(5_000);
  expect(readsOfProfiles()).toBe(before);
});

test('users are served while all of it comes at once', async () => {
  const before = readsOfProfiles();
  const storm = Array.from({ length: 4 }, () => attacks.map(([, body]) => body()))
    .flat()
    .map(send);
  const users = Array.from({ length: 20 }, () => send(honest));
  const answers = await Promise.all(users);
  for (const { status, text } of answers) {
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({ data: { me: { externalId: 'anna', account: { status: 'ACTIVE' } } } });
  }
  const refusals = await Promise.all(storm);
  expect(refusals.filter(({ status }) => status !== 400 && status !== 413)).toEqual([]);
  expect(readsOfProfiles()).toBe(before + users.length);
});

test('the dearest attack costs no more than some answers to users', async () => {
  const bodies = attacks.map(([what, body]): [string, string] => [what, body()]);
  for (const [, body] of bodies) await send(body);
  const user = await timeOf(() => send(honest));
  for (const [what, body] of bodies) {
    const attack = await timeOf(() => send(body));
    // A ratio of one run, with a wide margin: unbounded, the dearest of these are hundreds of times a user's answer.
    expect(attack / user, what).toBeLessThan(30);
  }
});

/** The least of several tries, in milliseconds: what else this machine does makes times longer and never shorter. */
async function timeOf(work: () => Promise<unknown>): Promise<number> {
  let least = Infinity;
  for (let count = 0; count < 5; count += 1) {
    const begun = performance.now();
    await work();
    least = Math.min(least, performance.now() - begun);
  }
  return least;
}

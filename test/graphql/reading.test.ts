import sqlite3 from 'sqlite3';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { startOidcProvider } from '../support/oidc-provider.js';
import type { TestOidcProvider } from '../support/oidc-provider.js';
import { startTestApp } from '../support/test-app.js';
import type { TestApp } from '../support/test-app.js';

let oidc: TestOidcProvider;
let app: TestApp;

beforeAll(async () => {
  oidc = await startOidcProvider();
  app = await startTestApp({
    providers: (url) => {
      for (const id of ['test', 'dead']) oidc.registerRedirectUri(`${url}/oauth/callback/${id}`);
      return [oidc.provider(), oidc.provider({ id: 'dead' })];
    },
  });
});

afterEach(() => vi.restoreAllMocks());

afterAll(async () => {
  await app?.close();
  await oidc?.close();
});

test('a user reads their profile through the connected account, whose id it is minted from', async () => {
  const { token, accountId } = await connected('alma');
  const { data } = await ask(token, '{ me(provider: "test") { id externalId name raw account { id userId } } }');
  expect(data['me']).toMatchObject({ externalId: 'alma', account: { id: accountId, userId: 'alma' } });
  expect(data['me']).toHaveProperty('id', accountId.replace('acc_', 'prf_'));
  expect(data['me']).toHaveProperty('raw.sub', 'alma');
});

test('once warm, me costs one statement and no write', async () => {
  const { token, accountId } = await connected('berta');
  const query = '{ me(provider: "test") { id name } }';
  await ask(token, query);
  await vi.waitFor(async () => expect(await lastUseOf(accountId, token)).not.toBeNull()); // is written beside the answer

  const statements = watchStatements();
  const { errors } = await ask(token, query);
  expect(errors).toBeUndefined();
  expect(statements()).toEqual([expect.stringMatching(/^SELECT [^]* FROM "?connected_account/)]);
});

test('me without a connection is null with an error that says what to do', async () => {
  const { data, errors } = await ask(await app.tokenFor('cara'), '{ me(provider: "test") { id } }');
  expect(data).toEqual({ me: null });
  expect(errors).toMatchObject([
    {
      message: expect.stringContaining('startAuthorization'),
      extensions: { code: 'NOT_CONNECTED', remedy: 'RECONNECT' },
    },
  ]);
});

test('an unknown provider is an error for profile too, since no user meets it in normal life', async () => {
  const { data, errors } = await ask(
    await app.tokenFor('cara'),
    '{ viewer { profile(provider: "none") { __typename } } }',
  );
  expect(data).toEqual({ viewer: { profile: null } });
  expect(errors).toMatchObject([{ extensions: { code: 'UNKNOWN_PROVIDER' } }]);
});

test('one dead provider is data beside the answer of the other', async () => {
  const { token } = await connected('dora');
  await connect(token, 'dora', 'dead');
  oidc.interfere('userinfo', { status: 503 });
  const query = `{ viewer { profile(provider: "dead") { ${anyProblem} } } }`;
  const down = await ask(token, query);
  expect(down.errors).toBeUndefined();
  expect(down.data['viewer']).toEqual({
    profile: {
      __typename: 'ProviderProblem',
      code: 'PROVIDER_UNAVAILABLE',
      remedy: 'RETRY',
      message: expect.stringContaining('Try again later'),
      provider: { id: 'dead' },
      retryAfterSeconds: null,
    },
  });
  const both = await ask(
    token,
    `{ viewer { up: profile(provider: "test") { ${anyProblem} } none: profile(provider: "dead", accountId: "acc_none") { __typename } } }`,
  );
  expect(both.data['viewer']).toMatchObject({ up: { __typename: 'Profile' }, none: null });
  expect(both.errors).toMatchObject([{ path: ['viewer', 'none'], extensions: { code: 'ACCOUNT_NOT_FOUND' } }]);
});

test('several accounts are a problem that lists them, and accountId chooses', async () => {
  const { token, accountId } = await connected('emma');
  await connect(token, 'emma-at-work', 'test');
  const { data } = await ask(token, `{ viewer { profile(provider: "test") { ${anyProblem} } } }`);
  const { profile } = data['viewer'] as { profile: { accounts: { id: string }[] } };
  expect(profile).toMatchObject({
    __typename: 'AmbiguousAccountProblem',
    code: 'AMBIGUOUS_ACCOUNT',
    remedy: 'CHOOSE_ACCOUNT',
  });
  expect(profile.accounts.map(({ id }) => id)).toContain(accountId);
  expect(profile.accounts).toHaveLength(2);
  const chosen = await ask(token, `{ me(provider: "test", accountId: "${accountId}") { externalId } }`);
  expect(chosen.data['me']).toEqual({ externalId: 'emma' });
});

test('a grant that its user withdrew is a problem that names the account and its new status', async () => {
  const { token, accountId } = await connected('frida');
  oidc.revokeGrant('frida');
  const { data, errors } = await ask(token, `{ viewer { profile(provider: "test") { ${anyProblem} } } }`);
  expect(errors).toBeUndefined();
  expect(data['viewer']).toMatchObject({
    profile: {
      __typename: 'ConnectionProblem',
      code: 'REAUTHORIZATION_REQUIRED',
      remedy: 'RECONNECT',
      account: {
        id: accountId,
        status: 'NEEDS_REAUTHORIZATION',
        lastRefreshError: { code: 'INVALID_GRANT', remedy: 'RECONNECT' },
      },
    },
  });
  const { data: after } = await ask(
    token,
    `mutation { refreshAccount(input: { accountId: "${accountId}" }) { account { id status } problem { __typename code } } }`,
  );
  expect(after['refreshAccount']).toEqual({
    account: { id: accountId, status: 'NEEDS_REAUTHORIZATION' },
    problem: { __typename: 'ConnectionProblem', code: 'REAUTHORIZATION_REQUIRED' },
  });
});

test("another user's account answers as one that does not exist, in every field that takes an id", async () => {
  const { accountId } = await connected('greta');
  const thief = await app.tokenFor('thief');
  const answersFor = async (id: string) => {
    const { data, errors } = await ask(
      thief,
      `{ viewer { connectedAccount(id: "${id}") { id } profile(provider: "test", accountId: "${id}") { __typename } } me(provider: "test", accountId: "${id}") { id } }`,
    );
    const mutated = await ask(
      thief,
      `mutation { refreshAccount(input: { accountId: "${id}" }) { account { id } } disconnectAccount(input: { accountId: "${id}" }) { accountId } startAuthorization(input: { provider: "test", accountId: "${id}" }) { state } }`,
    );
    const said = [...(errors ?? []), ...(mutated.errors ?? [])].map(({ message, extensions }) => [
      message,
      extensions['code'],
    ]);
    return { data, mutated: mutated.data, said };
  };
  const theirs = await answersFor(accountId);
  expect(theirs).toEqual(await answersFor('acc_00000000-0000-7000-8000-000000000000'));
  expect(theirs.data).toEqual({ viewer: { connectedAccount: null, profile: null }, me: null });
  expect(theirs.mutated).toEqual({ refreshAccount: null, disconnectAccount: null, startAuthorization: null });
  expect(new Set(theirs.said.map(([, code]) => code))).toEqual(new Set(['ACCOUNT_NOT_FOUND']));
  const { data: audited } = await ask(thief, '{ viewer { auditEvents { nodes { id } } } }');
  expect(audited['viewer']).toEqual({ auditEvents: { nodes: [] } });
});

test('connected accounts come page by page, oldest first, by cursor', async () => {
  const { token, accountId: first } = await connected('hanna');
  const second = await connect(token, 'hanna-at-work', 'test');
  const third = await connect(token, 'hanna', 'dead');
  const page = async (args: string) => {
    const { data } = await ask(
      token,
      `{ viewer { connectedAccounts(${args}) { totalCount nodes { id } edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`,
    );
    return (data['viewer'] as { connectedAccounts: { nodes: { id: string }[]; pageInfo: { endCursor: string } } })
      .connectedAccounts;
  };
  const one = await page('first: 2');
  expect(one).toMatchObject({
    totalCount: 3,
    nodes: [{ id: first }, { id: second }],
    pageInfo: { hasNextPage: true, hasPreviousPage: false },
  });
  const two = await page(`first: 2, after: "${one.pageInfo.endCursor}"`);
  expect(two).toMatchObject({
    totalCount: 3,
    nodes: [{ id: third }],
    pageInfo: { hasNextPage: false, hasPreviousPage: true },
  });
  expect(await page('filter: { provider: "dead", status: ACTIVE }')).toMatchObject({
    totalCount: 1,
    nodes: [{ id: third }],
  });
  expect(await page('filter: { status: NEEDS_REAUTHORIZATION }')).toEqual({
    totalCount: 0,
    nodes: [],
    edges: [],
    pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
  });
});

test.each([
  ['connectedAccounts(first: 0)', 'first'],
  ['connectedAccounts(first: 101)', 'first'],
  ['connectedAccounts(after: "nonsense")', 'after'],
  ['auditEvents(first: -1)', 'first'],
  ['auditEvents(first: 101)', 'first'],
  ['auditEvents(after: "nonsense")', 'after'],
])('%s is BAD_USER_INPUT that names the argument', async (field, name) => {
  const { errors } = await ask(await app.tokenFor('ida'), `{ viewer { ${field} { pageInfo { endCursor } } } }`);
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: name } }]);
});

test('accounts are counted only when the count is asked for', async () => {
  const token = await app.tokenFor('jana');
  const statements = watchStatements();
  const counted = () => statements().filter((sql) => sql.includes('COUNT('));
  await ask(token, '{ viewer { connectedAccounts { nodes { id } } } }');
  expect(counted()).toHaveLength(0);
  await ask(token, '{ viewer { connectedAccounts { totalCount } } }');
  expect(counted()).toHaveLength(1);
});

test('an admin reads what the user reads; the user finds who it was and why', async () => {
  const { token, accountId } = await connected('karin');
  const admin = await app.tokenFor('root', ['admin']);
  const fields = `id profile(provider: "test") { ... on Profile { externalId } } connectedAccounts { nodes { id } }`;
  const { data: own } = await ask(token, `{ viewer { ${fields} } }`);
  const { data: seen } = await ask(admin, `{ onBehalfOf(userId: "karin", reason: "  Ticket 4711 ") { ${fields} } }`);
  expect(seen['onBehalfOf']).toEqual(own['viewer']);

  const { data } = await ask(
    token,
    '{ viewer { auditEvents { nodes { action outcome actorId subjectId accountId reason } } } }',
  );
  const { nodes } = (data['viewer'] as { auditEvents: { nodes: { actorId: string }[] } }).auditEvents;
  const by = { actorId: 'root', subjectId: 'karin', reason: 'Ticket 4711' };
  const traces = nodes.filter(({ actorId }) => actorId === 'root');
  expect(traces).toHaveLength(4);
  // In any order: rows of one millisecond have none.
  expect(traces).toEqual(
    expect.arrayContaining([
      { ...by, action: 'account.read', outcome: 'DONE', accountId },
      { ...by, action: 'account.read', outcome: 'STARTED', accountId: null },
      { ...by, action: 'user.read', outcome: 'DONE', accountId: null },
      { ...by, action: 'user.read', outcome: 'STARTED', accountId: null },
    ]),
  );
});

test('an account tells what became of its refreshes to its user, and to an admin on their behalf, page by page', async () => {
  const { token, accountId } = await connected('lena');
  const refresh = `mutation { refreshAccount(input: { accountId: "${accountId}" }) { problem { code } } }`;
  await ask(token, refresh);
  await ask(token, refresh);
  oidc.interfere('token', { status: 503 });
  await ask(token, refresh);
  const history = '{ edges { cursor } nodes { id at reason outcome tookMs } pageInfo { hasNextPage endCursor } }';
  const all = `{ viewer { connectedAccount(id: "${accountId}") { refreshHistory ${history} } } }`;
  const own = (await ask(token, all)).data['viewer'] as { connectedAccount: { refreshHistory: { nodes: object[] } } };
  const nodes = own.connectedAccount.refreshHistory.nodes;
  expect(nodes).toMatchObject(
    ['PROVIDER_ERROR', 'GRANTED', 'GRANTED'].map((outcome) => ({
      reason: 'ASKED',
      outcome,
      tookMs: expect.any(Number),
    })),
  );
  const seen = await ask(
    await app.tokenFor('root', ['admin']),
    `{ onBehalfOf(userId: "lena", reason: "Ticket 4711") { connectedAccounts { nodes { refreshHistory(first: 2) ${history} } } } }`,
  );
  expect(seen.data).toMatchObject({
    onBehalfOf: {
      connectedAccounts: { nodes: [{ refreshHistory: { nodes: nodes.slice(0, 2), pageInfo: { hasNextPage: true } } }] },
    },
  });
  const other = await ask(await app.tokenFor('mara'), all);
  expect(other.data).toEqual({ viewer: { connectedAccount: null } });
});

test.each([
  ['a user who is no admin', [], 'Ticket 4711', 'FORBIDDEN'],
  ['an admin without a reason', ['admin'], '  ', 'BAD_USER_INPUT'],
  ['an admin with a reason of 257 characters', ['admin'], 'x'.repeat(257), 'BAD_USER_INPUT'],
])('%s reads nothing on behalf', async (_who, roles, reason, code) => {
  const token = await app.tokenFor('root', roles);
  const query = 'query ($reason: String!) { onBehalfOf(userId: "karin", reason: $reason) { id } }';
  const { data, errors } = await app.query({ query, variables: { reason }, token });
  expect(data).toEqual({ onBehalfOf: null });
  expect(errors).toMatchObject([{ extensions: { code } }]);
});

/** What the gateway asks of its database from now on; the table of jobs is another file's. */
function watchStatements(): () => string[] {
  const run = (['all', 'run', 'each', 'get'] as const).map((method) => vi.spyOn(sqlite3.Statement.prototype, method));
  const executed = vi.spyOn(sqlite3.Database.prototype, 'exec');
  return () =>
    [
      ...run.flatMap(({ mock }) => mock.contexts.map((statement) => (statement as { sql: string }).sql)),
      ...executed.mock.calls.map(([sql]) => sql),
    ].filter((sql) => !/\b(agenda|FROM job|UPDATE job|INTO job)\b/i.test(sql));
}

async function lastUseOf(accountId: string, token: string): Promise<unknown> {
  const { data } = await ask(token, `{ viewer { connectedAccount(id: "${accountId}") { lastUsedAt } } }`);
  return (data['viewer'] as { connectedAccount: { lastUsedAt: unknown } }).connectedAccount.lastUsedAt;
}

const anyProblem = `__typename
  ... on Problem { code remedy message }
  ... on ConnectionProblem { missingScopes account { id status lastRefreshError { code remedy } } }
  ... on AmbiguousAccountProblem { accounts { id displayName } }
  ... on ProviderProblem { provider { id } retryAfterSeconds }`;

function ask(token: string, query: string) {
  return app.query({ query, token });
}

/** A user with an account at "test". */
async function connected(userId: string): Promise<{ token: string; accountId: string }> {
  const token = await app.tokenFor(userId);
  return { token, accountId: await connect(token, userId, 'test') };
}

async function connect(token: string, login: string, provider: string): Promise<string> {
  const started = await ask(
    token,
    `mutation { startAuthorization(input: { provider: "${provider}" }) { authorizationUrl } }`,
  );
  const { authorizationUrl } = started.data['startAuthorization'] as { authorizationUrl: string };
  const callbackUrl = await oidc.approve(authorizationUrl, { login });
  const { data } = await app.query({
    token,
    query:
      'mutation ($answer: AuthorizationAnswerInput!) { completeAuthorization(input: { answer: $answer }) { account { id } } }',
    variables: { answer: { callbackUrl } },
  });
  return (data['completeAuthorization'] as { account: { id: string } }).account.id;
}

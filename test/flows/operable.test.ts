/** What an operator sees of a whole life of an account: the metrics page, which names no person and nothing that a client made. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { metricTable } from '../../src/observe/metric-table.js';
import { completeAuthorization, startAuthorization } from '../support/connected-user.js';
import { startOidcProvider, type TestOidcProvider } from '../support/oidc-provider.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const metricsToken = 'planted-metrics-token-0123456789';
let oidc: TestOidcProvider;
let app: TestApp;
let page: string;
const secrets = new Map<string, string>();

beforeAll(async () => {
  oidc = await startOidcProvider();
  app = await startTestApp({
    providers: () => [oidc.provider()],
    environment: { LATCHKEY_METRICS_TOKEN: metricsToken },
  });
  oidc.registerRedirectUri(`${app.url}/oauth/callback/test`);
  await liveThroughEverything();
  collectCredentials();
  page = await scrape();
});
afterAll(async () => {
  await app?.close();
  await oidc?.close();
});

async function scrape(): Promise<string> {
  const answer = await fetch(`${app.url}/metrics`, { headers: { authorization: `Bearer ${metricsToken}` } });
  expect(answer.status).toBe(200);
  return answer.text();
}

/** Connect, read, refresh well and badly, refuse, disconnect; and whatever a client may choose by itself. */
async function liveThroughEverything(): Promise<void> {
  const token = await app.tokenFor('planted-user-anna');
  const refused = await startAuthorization({ app, token });
  await completeAuthorization(
    { app, token },
    { callbackUrl: await oidc.approve(refused.authorizationUrl, { login: 'anna', consent: false }) },
  );
  const { authorizationUrl, state } = await startAuthorization({ app, token });
  const callbackUrl = await oidc.approve(authorizationUrl, { login: 'anna' });
  const { account } = await completeAuthorization({ app, token }, { callbackUrl });
  const accountId = account?.id ?? '';

  const me = { query: 'query plantedOperation { plantedAlias: me(provider: "test") { name } }', token };
  await app.query(me);
  oidc.expireAccessTokens();
  await app.query(me);
  oidc.interfere('userinfo', { status: 500, body: 'planted-body' });
  await app.query(me);
  oidc.interfere('token', { status: 503, body: 'planted-body' });
  const refresh = 'mutation ($id: ID!) { refreshAccount(input: { accountId: $id }) { problem { code } } }';
  await app.query({ query: refresh, variables: { id: accountId }, token });
  await app.query({ query: '{ me(provider: "planted-provider") { name } }', token });
  await app.query({ query: '{ plantedField }', token });
  await app.query({ query: '{ viewer { id } }' });
  await fetch(`${app.url}/oauth/callback/test?code=planted-code&state=planted-state`);
  await fetch(`${app.url}/planted/path?access_token=planted`, { method: 'DELETE' });
  const disconnect = 'mutation ($id: ID!) { disconnectAccount(input: { accountId: $id }) { revocation } }';
  const spare = await connectSpare();
  await app.query({ query: disconnect, variables: { id: spare }, token });

  for (const [name, value] of Object.entries({ 'a user’s JWT': token, 'an account’s id': accountId, state }))
    secrets.set(name, value);

  async function connectSpare(): Promise<string> {
    const started = await startAuthorization({ app, token });
    const spareUrl = await oidc.approve(started.authorizationUrl, { login: 'ben' });
    const completed = await completeAuthorization({ app, token }, { callbackUrl: spareUrl });
    return completed.account?.id ?? '';
  }
}

function collectCredentials(): void {
  secrets.set('what a client or a user chose', 'planted');
  secrets.set('the issuer’s address', oidc.issuer);
  const { client } = oidc;
  if ('secret' in client) secrets.set('client secret', client.secret.expose());
  oidc.requests.forEach((request, index) => {
    const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (bearer) secrets.set(`access token ${index}`, bearer);
    for (const name of ['refresh_token', 'code', 'code_verifier', 'token']) {
      const value = request.method === 'POST' ? request.form().get(name) : null;
      if (value) secrets.set(`${name} ${index}`, value);
    }
  });
}

function namesIn(text: string): string[] {
  return [...secrets].filter(([, value]) => text.includes(value)).map(([name]) => name);
}

function seriesIn(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('latchkey_'))
    .map((line) => line.replace(/ \S+$/, ''));
}

test('the search finds each credential, id and chosen name where it stands', () => {
  expect(secrets.size).toBeGreaterThan(10);
  expect(namesIn([...secrets.values()].join(' '))).toHaveLength(secrets.size);
  expect([...secrets.values()].every((value) => value.length >= 7)).toBe(true);
});

test('no credential, no id of a user or account, no address and no name that a client chose is on the page', () => {
  expect(namesIn(page)).toEqual([]);
});

test.each([
  'http_request_duration_seconds_count{route="/graphql",method="POST",status="2xx"}',
  'http_request_duration_seconds_count{route="/oauth/callback/:provider",method="GET",status="4xx"} 1',
  'http_request_duration_seconds_count{route="none",method="DELETE",status="4xx"} 1',
  'graphql_fields_total{field="me",outcome="ANSWERED"} 2',
  'graphql_fields_total{field="me",outcome="REFUSED"} 2',
  'graphql_fields_total{field="viewer",outcome="REFUSED"} 1',
  'graphql_fields_total{field="none",outcome="REFUSED"} 1',
  'graphql_fields_total{field="completeAuthorization",outcome="ANSWERED"} 3',
  'refresh_duration_seconds_count{provider="test",outcome="GRANTED"} 1',
  'refresh_duration_seconds_count{provider="test",outcome="PROVIDER_ERROR"} 1',
  'token_request_duration_seconds_count{provider="test",grant="authorization_code",outcome="GRANTED"} 2',
  'token_request_duration_seconds_count{provider="test",grant="refresh_token",outcome="GRANTED"} 1',
  'token_request_duration_seconds_count{provider="test",grant="refresh_token",outcome="PROVIDER_ERROR"} 1',
  'profile_request_duration_seconds_count{provider="test",outcome="ANSWERED"} 4',
  'profile_request_duration_seconds_count{provider="test",outcome="TOKEN_REFUSED"} 1',
  'profile_request_duration_seconds_count{provider="test",outcome="PROVIDER_UNAVAILABLE"} 1',
  'authorizations_started_total{provider="test"} 3',
  'authorizations_ended_total{provider="test",outcome="CONNECTED"} 2',
  'authorizations_ended_total{provider="test",outcome="AUTHORIZATION_DENIED"} 1',
  'revocations_total{provider="test",outcome="REVOKED"} 1',
  'accounts{provider="test",status="ACTIVE"} 1',
  'sealed_values{kid="none"} 0',
  'database_writes_waiting 0',
  'database_write_wait_seconds_count',
  'audit_write_failures_total{row="STARTED"} 0',
])('the page tells of that life: %s', (line) => {
  const [name] = line.split('{');
  const told = page.split('\n').filter((one) => one.startsWith(`latchkey_${name}`));
  expect(told.filter((one) => `${one} `.startsWith(`latchkey_${line} `)).length, told.join('\n')).toBe(1);
});

test('what a use case logs deep below a request names the request that caused it', () => {
  const lines = app.logLines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const answered = new Set(lines.filter(({ event }) => event === 'http.answered').map((line) => line['requestId']));
  for (const event of ['refresh.granted', 'refresh.failed', 'graphql.refused', 'account.revocation']) {
    const ids = lines.filter((line) => line['event'] === event).map((line) => line['requestId']);
    expect(ids.length, event).toBeGreaterThan(0);
    expect(
      ids.every((id) => answered.has(id)),
      event,
    ).toBe(true);
  }
});

test('the jobs of a gateway that runs are on the page, and so is every metric of the table', async () => {
  await expect
    .poll(scrape, { timeout: 10_000 })
    .toContain('latchkey_job_duration_seconds_count{job="purge-expired-authorizations",outcome="DONE"}');
  for (const name of Object.keys(metricTable)) expect(page).toContain(`# TYPE ${name} `);
});

test('a client that invents paths, methods, aliases, operations and providers adds no series', async () => {
  const token = await app.tokenFor('planted-user-anna');
  const invent = async (index: number): Promise<void> => {
    const name = `planted${index}`;
    await fetch(`${app.url}/${name}`, { method: index % 2 ? 'PUT' : 'PATCH' });
    await fetch(`${app.url}/oauth/callback/${name}?state=${name}`);
    await app.query({ query: `query ${name} { ${name}: me(provider: "${name}") { name } }`, token });
    await app.query({ query: `{ ${name} }`, token });
    await fetch(`${app.url}/metrics`, { headers: { authorization: `Bearer ${name}` } });
  };
  await Promise.all([0, 1].map(invent));
  const before = seriesIn(await scrape());
  await Promise.all(Array.from({ length: 50 }, (_one, index) => invent(index + 2)));
  const after = await scrape();
  expect(seriesIn(after).filter((series) => !before.includes(series))).toEqual([]);
  expect(namesIn(after)).toEqual([]);
});

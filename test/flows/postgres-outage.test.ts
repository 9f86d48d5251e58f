import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Client } from 'pg';
import { systemClock, type Clock } from '../../src/clock.js';
import { connectUser } from '../support/connected-user.js';
import { startOidcProvider, type TestOidcProvider } from '../support/oidc-provider.js';
import { startOwnPostgres, type OwnPostgres } from '../support/own-postgres.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { administer } from '../support/test-postgres.js';

let server: OwnPostgres;
let oidc: TestOidcProvider;
let app: TestApp;
let token: string;

let passedMs = 0;
/** Ahead of the real one, so that an account is no longer remembered (recent-accounts.ts). */
const clock: Clock = { ...systemClock, monotonic: () => systemClock.monotonic() + passedMs };

beforeAll(async () => {
  server = await startOwnPostgres();
  oidc = await startOidcProvider();
  app = await startTestApp({
    providers: (url) => {
      oidc.registerRedirectUri(`${url}/oauth/callback/test`);
      return [oidc.provider()];
    },
    environment: { LATCHKEY_DATABASE_URL: server.url },
    clock,
  });
  token = await app.tokenFor('anna');
  await connectUser({ app, oidc, token, login: 'anna' });
});

afterAll(async () => {
  await app?.close();
  await oidc?.close();
  await server?.close();
});

test('once warm, me costs one statement at most, which is prepared, and no write', async () => {
  await me();
  await vi.waitFor(async () => expect(await lastUse()).not.toBeNull()); // is written beside the answer
  await me();
  passedMs += 900; // for which an account is remembered
  const sent = vi.spyOn(Client.prototype, 'query');
  await me();
  const statements = sent.mock.calls.map(([statement]) => statement as unknown as { name?: string; text?: string });
  sent.mockRestore();
  const ours = statements.filter((statement) => typeof statement !== 'string' || !/"job"/.test(statement)); // Agenda's
  expect(ours).toMatchObject([{ name: expect.any(String), text: expect.stringMatching(/^SELECT/) }]);
});

/** The driver's limits add up to less than 2 s (src/database); this one leaves room for a machine that is busy. */
const patienceMs = 15_000;

describe('while PostgreSQL is away', () => {
  beforeAll(async () => {
    await server.stop();
    passedMs += 900; // for which an account is remembered
  });

  test('a query gets a clear error long before its client gives up', async () => {
    const { status, errors, tookMs } = await timed(me);
    expect(status).toBe(200);
    expect(errors).toMatchObject([
      { extensions: { code: 'DATABASE_UNAVAILABLE', remedy: 'RETRY', retryAfterSeconds: 1 } },
    ]);
    expect(errors?.[0]?.message).toMatch(/cannot reach its database .* Try again/);
    expect(tookMs).toBeLessThan(patienceMs);
  });

  test('a mutation gets a clear error in time too, and sends its user nowhere', async () => {
    const { data, errors, tookMs } = await timed(start);
    expect(data?.['startAuthorization'] ?? null).toBeNull();
    expect(errors).toMatchObject([{ extensions: { code: 'DATABASE_UNAVAILABLE' } }]);
    expect(tookMs).toBeLessThan(patienceMs);
  });

  test('readiness names the database, and the process is alive', async () => {
    const ready = await fetch(`${app.url}/readyz`);
    expect(ready.status).toBe(503);
    const { failing } = (await ready.json()) as { failing: string[] };
    expect(failing).toContain('database');
    expect(failing).not.toContain('keyring');
    expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
  });

  test('a page of the flow says so, and that it is worth a try again', async () => {
    const body = new URLSearchParams({ state: 's'.repeat(43), code: 'c'.repeat(20) });
    const page = await fetch(`${app.url}/oauth/callback/test`, { method: 'POST', body, headers: { origin: app.url } });
    expect(page.status).toBe(503);
    expect(page.headers.get('retry-after')).toBe('1');
    expect(await page.text()).toContain('cannot reach its database');
  });
});

describe('once PostgreSQL is back', () => {
  beforeAll(() => server.start());

  test('all works as before, with nobody’s help', async () => {
    expect((await fetch(`${app.url}/readyz`)).status).toBe(200);
    const { errors, data } = await me();
    expect(errors).toBeUndefined();
    expect(data['me']).toMatchObject({ externalId: 'anna' });
    await connectUser({ app, oidc, token: await app.tokenFor('ben'), login: 'ben' });
  });

  test('the jobs are looked for again', async () => {
    await vi.waitFor(() => expect(app.logLines.join('')).toContain('jobs.database_back'), { timeout: 10_000 });
  });

  test('the log has told the outage once, however many met it', () => {
    const events = app.logLines.map((line) => (JSON.parse(line) as { event: string }).event);
    expect(events.filter((event) => event === 'database.away')).toHaveLength(1);
    expect(events.filter((event) => event === 'database.back')).toHaveLength(1);
    expect(events).not.toContain('process.unhandled_fault');
  });
});

test('a gateway that is asked to end while PostgreSQL is away ends', async () => {
  await administer(server.url, (client) => client.query('CREATE DATABASE another'));
  const url = Object.assign(new URL(server.url), { pathname: '/another' }).href;
  const another = await startTestApp({
    providers: () => [oidc.provider()],
    environment: { LATCHKEY_DATABASE_URL: url },
  });
  await server.stop();
  await another.close();
  await server.start();
});

const me = () => app.query({ query: '{ me(provider: "test") { externalId } }', token });

const start = () =>
  app.query({
    query: 'mutation { startAuthorization(input: { provider: "test" }) { authorizationUrl } }',
    token,
  });

async function lastUse(): Promise<unknown> {
  const { data } = await app.query({ query: '{ viewer { connectedAccounts { nodes { lastUsedAt } } } }', token });
  const { connectedAccounts } = data['viewer'] as { connectedAccounts: { nodes: { lastUsedAt: unknown }[] } };
  return connectedAccounts.nodes[0]?.lastUsedAt;
}

async function timed<T extends object>(work: () => Promise<T>): Promise<T & { tookMs: number }> {
  const startedAt = performance.now();
  const answer = await work();
  return { ...answer, tookMs: performance.now() - startedAt };
}

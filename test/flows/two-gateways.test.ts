/** Two gateways on one database, as an operator runs them side by side, before a provider that ends the grant when a refresh
 *  token is sent twice. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { openDatabase } from '../../src/database/open-database.js';
import { entities, migrations } from '../../src/entities.js';
import { newKeyringText } from '../../src/vault/keyring.js';
import { connectUser } from '../support/connected-user.js';
import { startOidcProvider, type TestOidcProvider } from '../support/oidc-provider.js';
import { startTestApp, type GraphqlAnswer, type TestApp } from '../support/test-app.js';
import { silentLog } from '../support/test-database.js';
import { createTestPostgres, type TestPostgres } from '../support/test-postgres.js';

describe('on PostgreSQL', () => {
  let oidc: TestOidcProvider;
  let gateways: [TestApp, TestApp];
  let postgres: TestPostgres;

  beforeEach(async () => {
    postgres = await createTestPostgres();
    oidc = await startOidcProvider();
    const environment = {
      LATCHKEY_DATABASE_URL: postgres.url,
      LATCHKEY_KEYRING: newKeyringText({ development: true, clock: systemClock }),
    };
    const start = (): Promise<TestApp> =>
      startTestApp({
        environment,
        providers: (url) => {
          oidc.registerRedirectUri(`${url}/oauth/callback/test`);
          return [oidc.provider()];
        },
      });
    gateways = [await start(), await start()];
  });

  afterEach(async () => {
    for (const gateway of gateways) await gateway.close();
    await oidc.close();
    await postgres.drop();
  });

  test('a hundred callers who find the token over are one refresh, and all are served', async () => {
    const tokens = await Promise.all(gateways.map((gateway) => gateway.tokenFor('anna')));
    await connectUser({ app: gateways[0], oidc, token: tokens[0] ?? '', login: 'anna' });
    await endAccessTokens();
    const before = oidc.counts.token;
    const callers = Array.from({ length: 100 }, (_, at) => me(gateways[at % 2]!, tokens[at % 2] ?? ''));
    for (const { data, errors } of await Promise.all(callers)) {
      expect(errors).toBeUndefined();
      expect(data['me']).toEqual({ externalId: 'anna' });
    }
    expect(oidc.counts.token - before).toBe(1);
    await endAccessTokens();
    expect((await me(gateways[1], tokens[1] ?? '')).errors).toBeUndefined(); // the grant lives
  });

  const me = (gateway: TestApp, token: string): Promise<GraphqlAnswer> =>
    gateway.query({ query: '{ me(provider: "test") { externalId } }', token });

  /** As if their time were over, so that no test waits for it. */
  async function endAccessTokens(): Promise<void> {
    const { database: config } = gateways[0].config;
    const database = await openDatabase({ config, entities, migrations, log: silentLog, busyTimeoutMs: 30_000 });
    await database.write((transaction) => transaction.query('UPDATE connected_account SET expires_at = 1'));
    await database.close();
  }
});

test('on SQLite the second is refused before it touches anything, and may start once the first has ended', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-two-gateways-'));
  const environment = {
    LATCHKEY_DATA_FOLDER: folder,
    LATCHKEY_KEYRING: newKeyringText({ development: true, clock: systemClock }),
  };
  const start = () => startTestApp({ database: 'sqlite', environment, providers: () => [] });
  const first = await start();
  await expect(start()).rejects.toMatchObject({
    name: 'StartFault',
    message: expect.stringMatching(/^Another Latchkey serves the database .*latchkey\.db; end it first, /),
  });
  await first.close();
  await (await start()).close();
  await rm(folder, { recursive: true });
});

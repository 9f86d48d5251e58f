/** Two gateways on one PostgreSQL: what happens on one is told by the other. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { newKeyringText } from '../../src/vault/keyring.js';
import { connectUser } from '../support/connected-user.js';
import { follow, type EventReader } from '../support/event-reader.js';
import { startOidcProvider, type TestOidcProvider } from '../support/oidc-provider.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { administer, createTestPostgres, type TestPostgres } from '../support/test-postgres.js';

let oidc: TestOidcProvider;
let postgres: TestPostgres;
let here: TestApp;
let there: TestApp;
let reader: EventReader;

beforeEach(async () => {
  postgres = await createTestPostgres();
  oidc = await startOidcProvider();
  const environment = {
    LATCHKEY_DATABASE_URL: postgres.url,
    LATCHKEY_KEYRING: newKeyringText({ development: true, clock: systemClock }),
  };
  const providers = (url: string) => {
    oidc.registerRedirectUri(`${url}/oauth/callback/test`);
    return [oidc.provider()];
  };
  here = await startTestApp({ environment, providers });
  there = await startTestApp({ environment, providers });
  reader = await follow(`${there.url}/graphql`, await there.tokenFor('anna'));
});

afterEach(async () => {
  reader.close();
  await here.close();
  await there.close();
  await oidc.close();
  await postgres.drop();
});

async function nextReal(): Promise<unknown> {
  for (;;) {
    const { type, accountId } = await reader.nextChange();
    if (type !== 'RESYNC') return { type, accountId };
  }
}

test('what is connected at one gateway is told by the other; after a lost connection it says RESYNC and goes on', async () => {
  expect(await reader.nextChange()).toMatchObject({ type: 'RESYNC' });
  const token = await here.tokenFor('anna');
  const accountId = await connectUser({ app: here, oidc, token, login: 'anna' });
  expect(await nextReal()).toEqual({ type: 'CONNECTED', accountId });

  await administer(postgres.url, (client) =>
    client.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'latchkey-notices'"),
  );
  expect(await reader.nextChange()).toMatchObject({ type: 'RESYNC' });
  await here.query({
    token,
    query: `mutation { disconnectAccount(input: { accountId: "${accountId}" }) { accountId } }`,
  });
  expect(await nextReal()).toEqual({ type: 'DISCONNECTED', accountId });
});

test('a gateway that ends lets its streams go without calling them complete, so that clients come back', async () => {
  expect(await reader.nextChange()).toMatchObject({ type: 'RESYNC' });
  await there.close();
  there = { ...there, close: async () => undefined };
  for (let frame = await reader.next(); frame !== null; frame = await reader.next()) {
    expect(frame.event).toBe('next');
  }
});

/** A PostgreSQL that is killed (SIGKILL) and started again under a gateway that refreshes. The provider ends the grant when
 *  a refresh token is sent twice. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { connectUser } from '../support/connected-user.js';
import { startOidcProvider, type TestOidcProvider } from '../support/oidc-provider.js';
import { startOwnPostgres, type OwnPostgres } from '../support/own-postgres.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { administer } from '../support/test-postgres.js';

let server: OwnPostgres;
let oidc: TestOidcProvider;
let app: TestApp;
let token: string;

beforeAll(async () => {
  server = await startOwnPostgres();
  oidc = await startOidcProvider();
  app = await startTestApp({
    providers: (url) => {
      oidc.registerRedirectUri(`${url}/oauth/callback/test`);
      return [oidc.provider()];
    },
    environment: { LATCHKEY_DATABASE_URL: server.url },
  });
  token = await app.tokenFor('anna');
  await connectUser({ app, oidc, token, login: 'anna' });
});
afterAll(async () => {
  await app?.close();
  await oidc?.close();
  await server?.close();
});

const me = () => app.query({ query: '{ me(provider: "test") { externalId } }', token });
const expire = () => administer(server.url, (client) => client.query('UPDATE connected_account SET expires_at = 1'));

test('the answer that came while it was dead is held, and written once it is back, without a new post', async () => {
  await expire();
  const before = oidc.counts.token;
  const { arrived, release } = oidc.hold('token');
  const asked = me();
  await arrived;
  await server.kill();
  release();
  expect((await asked).errors).toMatchObject([{ extensions: { code: 'DATABASE_UNAVAILABLE' } }]);
  expect(app.logLines.join('')).toContain('refresh.answer_held');
  await server.start();
  await vi.waitFor(async () => expect((await me()).data).toEqual({ me: { externalId: 'anna' } }), { timeout: 30_000 });
  expect(oidc.counts.token - before).toBe(1);
  await expire();
  expect((await me()).data).toEqual({ me: { externalId: 'anna' } }); // by the refresh token that was held
  expect(oidc.counts.token - before).toBe(2);
});

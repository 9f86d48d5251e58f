/** However many ask, and in however many processes: one refresh. Real gateways, before a provider that ends the grant when a
 *  refresh token is sent twice. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connectUser } from '../support/connected-user.js';
import { freePort } from '../support/free-port.js';
import { prepareGateway, type GatewayPlace } from '../support/gateway-process.js';
import { startOtherProcess } from '../support/other-process.js';
import { postOperation, type GraphqlAnswer } from '../support/test-app.js';
import { administer, createTestPostgres, type TestPostgres } from '../support/test-postgres.js';

const noLimits = {
  LATCHKEY_LIMIT_USER_REQUESTS: '0',
  LATCHKEY_LIMIT_USER_CONCURRENCY: '0',
  LATCHKEY_LIMIT_ADDRESS_REQUESTS: '0',
  LATCHKEY_LOG_LEVEL: 'info',
};
const query = '{ me(provider: "test") { name } }';
const anna = { me: { name: 'Anna Example' } };
/** As if its time were over, and a job's or the sweep's due. */
const expire = 'UPDATE connected_account SET expires_at = 1, next_refresh_at = 1';

let place: GatewayPlace;
let token: string;
beforeEach(async () => {
  place = await prepareGateway({ definition: { refreshPolicy: { mode: 'scheduled' } } });
  token = await place.app.tokenFor('anna');
});
afterEach(() => place.close());

/** As any client does: a machine too busy for its database's time limits says RETRY. */
async function askUntilServed(url: string): Promise<GraphqlAnswer> {
  for (;;) {
    const answer = await postOperation(url, { query, variables: undefined }, token);
    if (answer.errors?.[0]?.extensions['code'] !== 'DATABASE_UNAVAILABLE') return answer;
    await pause(1_000);
  }
}

/** Asks in all at once; gives how many refreshes the provider saw. */
async function askTogether(urls: readonly string[], callers: number): Promise<number> {
  const before = place.oidc.counts.token;
  const asked = Array.from({ length: callers }, (_, at) => askUntilServed(`${urls[at % urls.length]}/graphql`));
  for (const { data, errors } of await Promise.all(asked)) {
    expect(errors).toBeUndefined();
    expect(data).toEqual(anna);
  }
  return place.oidc.counts.token - before;
}

test('500 callers of one process who find the token over are one refresh, and all are served', async () => {
  await place.start(noLimits);
  await connectUser({ ...place, token, login: 'anna' });
  const database = await startOtherProcess(join(place.dataFolder, 'latchkey.db'));
  await database.run(expire);
  await database.end();
  expect(await askTogether([place.app.url], 500)).toBe(1);
});

test('a caller who hangs up in the middle of a refresh loses nothing: who comes next is served by that same refresh', async () => {
  await place.start(noLimits);
  await connectUser({ ...place, token, login: 'anna' });
  place.oidc.expireAccessTokens();
  const before = place.oidc.counts.token;
  const { arrived, release } = place.oidc.hold('token');
  const leaving = new AbortController();
  const left = fetch(`${place.app.url}/graphql`, {
    method: 'POST',
    signal: leaving.signal,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query }),
  });
  await arrived;
  leaving.abort();
  await expect(left).rejects.toThrow();
  const during = place.app.query({ query, token });
  release();
  expect(await during).toMatchObject({ data: anna });
  expect(await place.app.query({ query, token })).toMatchObject({ data: anna });
  expect(place.oidc.counts.token - before).toBe(1);
});

describe('of several processes on one PostgreSQL', () => {
  let postgres: TestPostgres;
  beforeEach(async () => {
    postgres = await createTestPostgres();
  });
  afterEach(async () => {
    await place.stopAll();
    await postgres.drop();
  });

  /** The first listens at place.app.url. */
  async function startGateways(count: number): Promise<string[]> {
    const urls: string[] = [];
    for (let at = 0; at < count; at += 1) {
      const url = at === 0 ? place.app.url : `http://127.0.0.1:${await freePort()}`;
      place.oidc.registerRedirectUri(`${url}/oauth/callback/test`);
      await place.start({
        ...noLimits,
        LATCHKEY_DATABASE_URL: postgres.url,
        LATCHKEY_DATA_FOLDER: join(place.dataFolder, `gateway-${at}`),
        LATCHKEY_PUBLIC_URL: url,
        PORT: new URL(url).port,
      });
      urls.push(url);
    }
    return urls;
  }

  const run = (sql: string) => administer(postgres.url, (client) => client.query(sql));

  test('8 x 125 callers who find the token over are one refresh, and all are served', async () => {
    const urls = await startGateways(8);
    await connectUser({ ...place, token, login: 'anna' });
    for (const round of [1, 2]) {
      await run(expire);
      expect(await askTogether(urls, 1000), `round ${round}`).toBe(1); // the second shows that the grant lives
    }
  }, 180_000);

  test('a provider that answers 401 for ever is one refresh, and no loop, whoever asks', async () => {
    const urls = await startGateways(3);
    await connectUser({ ...place, token, login: 'anna' });
    const before = place.oidc.counts.token;
    place.oidc.interfere('userinfo', { status: 401 }, 10_000);
    for (const _ of [1, 2, 3]) {
      const asked = Array.from({ length: 20 }, (_caller, at) =>
        postOperation(`${urls[at % urls.length]}/graphql`, { query, variables: undefined }, token),
      );
      for (const { errors } of await Promise.all(asked)) expect(errors).toHaveLength(1);
    }
    expect(place.oidc.counts.token - before).toBe(1);
  }, 120_000);

  test('a disconnect in another process while one refreshes leaves nothing, here or at the provider', async () => {
    const { asked, release, other } = await holdRefresh();
    const { data } = await ask(other, 'mutation { disconnectAccount(input: { accountId: "ID" }) { accountId } }');
    expect(data['disconnectAccount']).toBeTruthy();
    release();
    expect((await asked).errors).toMatchObject([{ extensions: { code: 'NOT_CONNECTED' } }]);
    const { rows } = await run('SELECT account_id FROM token_set');
    expect(rows).toEqual([]);
    expect(place.oidc.counts.revoke).toBeGreaterThanOrEqual(2); // what stood, and what came
  });

  test('a new consent in another process while one refreshes is what counts', async () => {
    const { asked, release, other } = await holdRefresh();
    await connectUser({
      ...place,
      app: { query: (one) => ask(other, one.query, one.variables) },
      token,
      login: 'anna',
    });
    release();
    expect(await asked).toMatchObject({ data: anna });
    await run(expire);
    expect(await askTogether([other], 1)).toBe(1); // by the refresh token of the new consent
  });

  let accountId = '';
  const ask = (url: string, text: string, variables?: Readonly<Record<string, unknown>>): Promise<GraphqlAnswer> =>
    postOperation(`${url}/graphql`, { query: text.replace('ID', accountId), variables }, token);

  async function holdRefresh(): Promise<{ asked: Promise<GraphqlAnswer>; release: () => void; other: string }> {
    const [url = '', other = ''] = await startGateways(2);
    accountId = await connectUser({ ...place, token, login: 'anna' });
    await run(expire);
    const { arrived, release } = place.oidc.hold('token');
    const asked = ask(url, query);
    await arrived;
    return { asked, release, other };
  }
});

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addressesOf, formsTo, startProviderWalk, type ProviderWalk } from '../support/provider-walk.js';
import { startHostileServer, type HostileServer } from '../support/hostile-server.js';
import { completeAuthorization, startAuthorization } from '../support/connected-user.js';
import { CLIENT_SECRET, comeBack, writtenProvider } from '../support/written-provider.js';

/** Where people sign in, where their data is, and a server that belongs to neither. */
let login: HostileServer;
let place: HostileServer;
let evil: HostileServer;
let walk: ProviderWalk;

beforeEach(async () => {
  [login, place, evil] = [await startHostileServer(), await startHostileServer(), await startHostileServer()];
  for (const server of [login, place, evil]) {
    server.answerJson('/me', { id: 'anna', name: 'Anna' });
    server.answerJson('/api/thing', { thing: server === place });
    server.answerJson('/revoke', {});
    grant(server, {});
  }
});
afterEach(async () => {
  await walk.close();
  await Promise.all([login, place, evil].map((server) => server.close()));
  expect(evil.requests.map(({ url }) => url)).toEqual([]);
});

let issued = 0;
function grant(server: HostileServer, more: Readonly<Record<string, unknown>>): void {
  server.answerEach('/token', () => {
    issued += 1;
    const tokens = { access_token: `planted-at-${issued}`, refresh_token: `planted-rt-${issued}`, expires_in: 3600 };
    const body = JSON.stringify({ token_type: 'bearer', ...tokens, ...more });
    return { status: 200, headers: { 'content-type': 'application/json' }, body };
  });
}

const hostOf = ({ origin }: HostileServer): string => new URL(origin).host;
const portOf = ({ origin }: HostileServer): string => new URL(origin).port;

async function open(...lines: string[]): Promise<void> {
  walk = await startProviderWalk([writtenProvider(['scopes: [read]', ...lines])]);
}

async function connect(
  more?: Record<string, string>,
  others: { parameters?: Record<string, string>; accountId?: string } = {},
) {
  return walk.connect({ user: 'anna', approve: async (url) => comeBack(url, more), ...others });
}

async function connected(...given: Parameters<typeof connect>): Promise<string> {
  const { account, problem } = await connect(...given);
  if (!account) throw new Error(problem?.message);
  return account.id;
}

async function callApi(path = '/thing'): Promise<{ status: number; body: unknown }> {
  const token = await walk.app.tokenFor('anna');
  const answer = await fetch(`${walk.app.url}/proxy/acme${path}`, { headers: { authorization: `Bearer ${token}` } });
  return { status: answer.status, body: await answer.json() };
}

const countOf = (server: HostileServer, path: string): number => {
  return server.requests.filter(({ endpoint }) => endpoint === path).length;
};

describe('an instance that the token answer names', () => {
  const definition = () => [
    `endpoints: { authorize: "${login.origin}/authorize", token: "${login.origin}/token", refresh: "{instance}/token", revoke: "{instance}/revoke" }`,
    'keep: { answer: { instance: instance_url } }',
    `hosts: ["${hostOf(place)}", "${hostOf(login)}"]`,
    'me: { url: "{instance}/me", map: { externalId: id, name: name } }',
    'api: { base: "{instance}/api" }',
  ];

  test('is asked who the person is, for data, for fresh tokens and to forget them', async () => {
    await open(...definition());
    grant(login, { instance_url: place.origin });
    const accountId = await connected();
    expect((await walk.me('anna')).data).toMatchObject({ externalId: 'anna' });
    expect(await callApi()).toEqual({ status: 200, body: { thing: true } });
    await walk.refresh('anna', accountId);
    expect(await walk.disconnect('anna', accountId)).toBe('REVOKED');
    expect(login.requests.map(({ endpoint }) => endpoint)).toEqual(['/token']);
    expect(place.requests.map(({ endpoint }) => endpoint)).toEqual([
      '/me',
      '/me',
      '/api/thing',
      '/token',
      '/revoke',
      '/revoke',
    ]);
  });

  test.each([
    ['nothing', () => undefined],
    ['another server', () => evil.origin],
    ['a user before a listed host', () => `http://${hostOf(place)}@${hostOf(evil)}`],
    ['the port of another server', () => `http://127.0.0.1:${portOf(evil)}`],
    ['a name for the same machine', () => `http://localhost:${portOf(place)}`],
    ['an address written otherwise', () => `http://2130706433:${portOf(place)}`],
    ['a dot at its end', () => `http://127.0.0.1.:${portOf(place)}`],
    ['a path', () => `${place.origin}/../`],
    ['a number', () => 7],
  ])('that is %s connects nothing, and nobody is asked anything', async (_what, named) => {
    await open(...definition());
    grant(login, { instance_url: named() });
    expect((await connect()).problem).toMatchObject({ code: 'PROVIDER_MISCONFIGURED' });
    expect(place.requests).toHaveLength(0);
  });

  test('may move with a refresh, and only to where the definition allows', async () => {
    await open(...definition());
    grant(login, { instance_url: place.origin });
    grant(place, { instance_url: evil.origin });
    const accountId = await connected();
    await walk.refresh('anna', accountId);
    expect(walk.app.logLines.join('')).toContain('refresh.values_refused');
    expect(await callApi()).toMatchObject({ status: 200, body: { thing: true } });
    grant(place, { instance_url: login.origin });
    await walk.refresh('anna', accountId);
    expect(await callApi()).toMatchObject({ status: 200, body: { thing: false } });
    expect(countOf(login, '/api/thing')).toBe(1);
  });

  test('stays as it was where a new consent is not finished', async () => {
    await open(...definition());
    grant(login, { instance_url: place.origin });
    const accountId = await connected();
    grant(login, { instance_url: evil.origin });
    expect((await connect(undefined, { accountId })).problem).toMatchObject({ code: 'PROVIDER_MISCONFIGURED' });
    login.answerJson('/me', { id: 'somebody else' });
    grant(login, { instance_url: login.origin });
    expect((await connect(undefined, { accountId })).problem).toMatchObject({ code: 'AUTHORIZATION_DENIED' });
    expect(await callApi()).toMatchObject({ status: 200, body: { thing: true } });
  });
});

describe('a company that the callback names', () => {
  const definition = () => [
    `endpoints: { authorize: "${login.origin}/authorize", token: "${login.origin}/token" }`,
    'keep: { callback: { company: realmId } }',
    `me: { url: "${place.origin}/me", query: { of: "{company}", fields: "id" }, map: { externalId: id } }`,
    `api: { base: "${place.origin}/{company}" }`,
  ];

  test('is part of the address of its data', async () => {
    await open(...definition());
    place.answerJson('/4620816/thing', { of: 'company' });
    await connected({ code: 'planted-code', realmId: '4620816' });
    expect(await callApi()).toEqual({ status: 200, body: { of: 'company' } });
    expect(place.requests[0]?.url).toBe('/me?of=4620816&fields=id');
  });

  test('comes along with an answer that an app took apart', async () => {
    await open(...definition());
    place.answerJson('/7/thing', { of: 'parts' });
    const token = await walk.app.tokenFor('anna');
    const answer = (provider: string, state: string) => ({
      parts: { provider, state, code: 'planted-code', parameters: [{ name: 'realmId', value: '7' }] },
    });
    const started = await startAuthorization({ app: walk.app, token, provider: 'acme' });
    const done = await completeAuthorization({ app: walk.app, token }, answer('acme', started.state));
    expect(done.account).not.toBeNull();
    expect(await callApi()).toEqual({ status: 200, body: { of: 'parts' } });
  });

  test.each([
    ['is missing', {}],
    ['climbs', { realmId: '..' }],
    ['climbs once decoded', { realmId: '%2e%2e' }],
    ['opens a further segment', { realmId: 'a/b' }],
    ['is written with a backslash', { realmId: 'a\\b' }],
  ])('that %s connects nothing', async (_what, more) => {
    await open(...definition());
    expect((await connect({ code: 'planted-code', ...more })).problem).toMatchObject({
      code: 'PROVIDER_MISCONFIGURED',
    });
    expect(countOf(place, '/me')).toBe(0);
  });
});

describe('a host that the user names', () => {
  const definition = () => [
    'parameters: [{ name: shop, description: The host of your shop. }]',
    `endpoints: { authorize: "http://{shop}:${portOf(place)}/authorize", token: "http://{shop}:${portOf(place)}/token" }`,
    `hosts: ["127.0.0.1:${portOf(place)}"]`,
    `me: { url: "http://{shop}:${portOf(place)}/me", map: { externalId: id } }`,
    `api: { base: "http://{shop}:${portOf(place)}/api", token: { header: x-shop-token, scheme: null } }`,
  ];

  test('gets the browser, the code, the secret and the calls', async () => {
    await open(...definition());
    const approve = async (url: string): Promise<string> => {
      expect(new URL(url).origin).toBe(place.origin);
      return comeBack(url);
    };
    const { account } = await walk.connect({ user: 'anna', approve, parameters: { shop: '127.0.0.1' } });
    expect(account).not.toBeNull();
    expect(formsTo(place.requests, '/token')).toHaveLength(1);
    await callApi();
    expect(place.requests.at(-1)?.headers['x-shop-token']).toMatch(/^planted-at-/);
    expect(addressesOf(place.requests)).not.toContain('planted-at');
  });

  test.each([
    'localhost',
    '127.0.0.2',
    '127.0.0.1.',
    '127.0.0.1@127.0.0.2',
    '127.1',
    '0x7f.1',
    'evil.example',
    '',
    '127.0.0.1/x',
  ])('that is %j starts nothing', async (shop) => {
    await open(...definition());
    await expect(connect(undefined, { parameters: { shop } })).rejects.toThrow('BAD_USER_INPUT');
    expect(place.requests).toHaveLength(0);
  });

  test('has to be given', async () => {
    await open(...definition());
    await expect(connect()).rejects.toThrow('needs the parameter \\"shop\\"');
  });
});

test('a site that me lists is part of the address of its data, and the list is what me answers', async () => {
  await open(
    `endpoints: { authorize: "${login.origin}/authorize", token: "${login.origin}/token" }`,
    'keep: { me: { cloud: "[0].id" } }',
    `me: { url: "${place.origin}/sites", map: { externalId: "[0].id", name: "[0].name" } }`,
    `api: { base: "${place.origin}/ex/{cloud}" }`,
  );
  place.answerJson('/sites', [{ id: 'site-1', name: 'Acme', access_token: 'planted-echo' }, { id: 'site-2' }]);
  place.answerJson('/ex/site-1/thing', { at: 'site-1' });
  await connected();
  expect(await callApi()).toEqual({ status: 200, body: { at: 'site-1' } });
  const { data } = await walk.me('anna');
  expect(data).toMatchObject({
    externalId: 'site-1',
    name: 'Acme',
    raw: [{ id: 'site-1', name: 'Acme' }, { id: 'site-2' }],
  });
  expect(JSON.stringify(data)).not.toContain('planted');
  place.answerJson('/sites', []);
  expect((await connect()).problem).toMatchObject({ code: 'PROVIDER_MISCONFIGURED' });
});

test('what is kept is no secret: the secret and the tokens stand nowhere in the open', async () => {
  await open(
    `endpoints: { authorize: "${login.origin}/authorize", token: "${login.origin}/token" }`,
    'keep: { answer: { instance: instance_url } }',
    `hosts: ["${hostOf(place)}"]`,
    'me: { url: "{instance}/me", map: { externalId: id } }',
  );
  grant(login, { instance_url: place.origin });
  await connected();
  const stored = await walk.app.storedText();
  expect(stored).toContain(place.origin);
  for (const secret of ['planted-at', 'planted-rt', CLIENT_SECRET]) expect(stored).not.toContain(secret);
});

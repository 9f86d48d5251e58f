/** A gateway that is killed after the provider answered a refresh and before the vault had the answer. The provider ends the
 *  grant when a refresh token is sent twice, so the journal has the only copy of the one that works. */
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectUser } from '../support/connected-user.js';
import { prepareGateway, type GatewayPlace } from '../support/gateway-process.js';
import { startOtherProcess, type OtherProcess } from '../support/other-process.js';

let place: GatewayPlace;
let token: string;
let database: OtherProcess | null = null;
beforeEach(async () => {
  place = await prepareGateway();
  token = await place.app.tokenFor('anna');
});
afterEach(async () => {
  await database?.end();
  database = null;
  await place.close();
});

const me = () => place.app.query({ query: '{ me(provider: "test") { name } }', token });
const anna = { data: { me: { name: 'Anna Example' } } };
const folder = () => join(place.dataFolder, 'journal');

async function journal(): Promise<string> {
  const names = await readdir(folder());
  return (await Promise.all(names.map((name) => readFile(join(folder(), name), 'utf8')))).join('');
}

/** Refresh tokens in the order in which the provider got them. */
function sentRefreshTokens(): string[] {
  return place.oidc.requests.flatMap(({ body }) => new URLSearchParams(body()).get('refresh_token') ?? []);
}

/** Ends when the gateway is dead, with the answer in its journal and another process's lock kept off the database. Gives
 *  what the journal has. */
async function killBeforeCommit(): Promise<string> {
  const gateway = await place.start();
  await connectUser({ ...place, token, login: 'anna' });
  place.oidc.expireAccessTokens();
  const hold = place.oidc.hold('token');
  const cutOff = expect(me()).rejects.toThrow();
  await hold.arrived;
  database = await startOtherProcess(join(place.dataFolder, 'latchkey.db'));
  await database.run('BEGIN IMMEDIATE'); // from now on no commit
  hold.release();
  let text = '';
  while (!text.includes('"sealed"')) {
    await pause(5);
    text = await journal();
  }
  gateway.kill('SIGKILL');
  await gateway.ended;
  await cutOff;
  await database.run('ROLLBACK');
  return text;
}

test('loses nothing: the next start writes the answer, and the old refresh token is never sent again', async () => {
  const text = await killBeforeCommit();
  const next = await place.start();
  expect(next.output().stdout).toContain('refresh.journal_recovered');
  expect(await me()).toMatchObject(anna);
  expect(sentRefreshTokens()).toHaveLength(1);
  const { data } = await place.app.query({
    query: '{ viewer { connectedAccounts { nodes { status lastRefreshError { code } } } } }',
    token,
  });
  expect(data['viewer']).toEqual({ connectedAccounts: { nodes: [{ status: 'ACTIVE', lastRefreshError: null }] } });

  place.oidc.expireAccessTokens();
  expect(await me()).toMatchObject(anna); // by the refresh token that the journal had
  const sent = sentRefreshTokens();
  expect(new Set(sent).size).toBe(2);
  expect(sent).toHaveLength(2);
  for (const one of sent) expect(text).not.toContain(one);
  expect(await journal()).toBe('');
});

test('is for its own user alone, and one file is left of it', async () => {
  await killBeforeCommit();
  await place.start();
  const names = (await readdir(folder())).toSorted();
  expect(names).toEqual([expect.stringMatching(/\.jsonl$/), expect.stringMatching(/\.lock$/)]);
  for (const name of names) expect(((await stat(join(folder(), name))).mode & 0o777).toString(8)).toBe('600');
  expect(((await stat(folder())).mode & 0o777).toString(8)).toBe('700');
});

test('without its journal has lost the grant, and says so', async () => {
  await killBeforeCommit();
  await rm(folder(), { recursive: true });
  await place.start();
  await database?.run('UPDATE token_set SET intent_at = intent_at - 3600000');
  expect((await me()).errors).toMatchObject([{ extensions: { code: 'REAUTHORIZATION_REQUIRED' } }]);
  expect(new Set(sentRefreshTokens()).size).toBe(1);
});

test('waits in the journal while its provider is missing from the catalogue; each start says so, until one has it again', async () => {
  await killBeforeCommit();
  const definition = join(place.providersFolder, 'test.yaml');
  const away = `${definition}.away`;
  await rename(definition, away);
  for (const _ of [1, 2]) {
    const without = await place.start({ LATCHKEY_PROVIDER_TEST_CLIENT_SECRET: '' });
    expect(without.output().stdout).toMatch(
      /"refresh.journal_provider_missing".*give the catalogue this provider again/,
    );
    await place.stopAll();
    expect(await journal()).toContain('"sealed"');
  }
  await rename(away, definition);
  const next = await place.start();
  expect(next.output().stdout).toContain('refresh.journal_recovered');
  expect(await me()).toMatchObject(anna);
  expect(sentRefreshTokens()).toHaveLength(1);
});

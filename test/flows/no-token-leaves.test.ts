/** Collects every credential that crossed the wire between Latchkey and a real provider during a whole life of an account,
 *  then looks for them in all that Latchkey wrote or answered. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { completeAuthorization, startAuthorization } from '../support/connected-user.js';
import { startOidcProvider, type TestOidcProvider } from '../support/oidc-provider.js';
import { startTestApp, type GraphqlAnswer, type TestApp } from '../support/test-app.js';

let oidc: TestOidcProvider;
let app: TestApp;
const answers: string[] = [];
const secrets = new Map<string, string>();

beforeAll(async () => {
  oidc = await startOidcProvider();
  app = await startTestApp({ providers: () => [oidc.provider()] });
  oidc.registerRedirectUri(`${app.url}/oauth/callback/test`);
  await liveThroughEverything();
  collectCredentials();
});
afterAll(async () => {
  await app.close();
  await oidc.close();
});

/** Connect, read, refresh, fail, read on behalf; the account is left connected, so that its tokens are stored. */
async function liveThroughEverything(): Promise<void> {
  const token = await app.tokenFor('anna');
  const note = async (asked: Promise<GraphqlAnswer>): Promise<GraphqlAnswer> => {
    const answer = await asked;
    answers.push(JSON.stringify({ ...answer, headers: [...answer.headers] }));
    return answer;
  };
  const { authorizationUrl } = await startAuthorization({ app, token });
  const callbackUrl = await oidc.approve(authorizationUrl, { login: 'anna' });
  secrets.set('authorization code', new URL(callbackUrl).searchParams.get('code') ?? '');
  const { account } = await completeAuthorization({ app, token }, { callbackUrl });
  answers.push(JSON.stringify(account));

  const me = { query: '{ me(provider: "test") { raw name account { id } } }', token };
  await note(app.query(me));
  oidc.expireAccessTokens();
  await note(app.query(me));
  await note(
    app.query({
      query: 'mutation ($id: ID!) { refreshAccount(input: { accountId: $id }) { account { id } problem { code } } }',
      variables: { id: account?.id },
      token,
    }),
  );
  oidc.interfere('userinfo', { status: 500, body: 'the provider leaks Bearer things in its own errors' });
  await note(app.query(me));
  oidc.interfere('token', {
    status: 400,
    headers: { 'content-type': 'application/json' },
    body: '{"error":"server_error"}',
  });
  await note(
    app.query({ query: 'mutation { refreshAccount(input: { accountId: "acc_x" }) { problem { code } } }', token }),
  );
  await note(
    app.query({
      query: '{ onBehalfOf(userId: "anna", reason: "audit") { profile(provider: "test") { ... on Profile { raw } } } }',
      token: await app.tokenFor('root', ['admin']),
    }),
  );
  await note(app.query({ query: '{ viewer { nope } }', token }));
  secrets.set('caller’s JWT', token);
}

function collectCredentials(): void {
  const { client } = oidc;
  if ('secret' in client) secrets.set('client secret', client.secret.expose());
  oidc.requests.forEach((request, index) => {
    const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (bearer) secrets.set(`access token ${index}`, bearer);
    for (const name of ['refresh_token', 'code_verifier', 'token']) {
      const value = request.method === 'POST' ? request.form().get(name) : null;
      if (value) secrets.set(`${name} ${index}`, value);
    }
  });
}

function namesIn(text: string): string[] {
  return [...secrets].filter(([, value]) => text.includes(value)).map(([name]) => name);
}

test('the walk has seen credentials of every kind, and the search would find them', () => {
  const kinds = new Set([...secrets.keys()].map((name) => name.replace(/ \d+$/, '')));
  expect([...kinds].toSorted()).toEqual(
    [
      'access token',
      'authorization code',
      'caller’s JWT',
      'client secret',
      'code_verifier',
      'refresh_token',
    ].toSorted(),
  );
  expect([...secrets.values()].every((value) => value.length >= 20)).toBe(true);
  expect(namesIn(`before${[...secrets.values()].join(' ')}after`)).toHaveLength(secrets.size);
});

test('no credential is in the database, its log or any other file that Latchkey wrote', async () => {
  const { dataFolder, database } = app.config;
  expect(namesIn(await app.storedText())).toEqual([]);
  const files = (await readdir(dataFolder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  if (database.kind === 'sqlite') expect(files.map(({ name }) => name)).toContain('latchkey.db-wal');
  for (const { parentPath, name } of files) {
    expect(namesIn(await readFile(join(parentPath, name), 'latin1')), name).toEqual([]);
  }
});

test('no credential is in a log line, at the most talkative level', () => {
  expect(app.logLines.length).toBeGreaterThan(5);
  expect(namesIn(app.logLines.join(''))).toEqual([]);
});

test('no credential is in an answer to a caller', () => {
  expect(answers.length).toBeGreaterThan(6);
  expect(namesIn(answers.join(''))).toEqual([]);
});

/** A rotation as an operator makes it: commands on the keyring and the database of a gateway that serves. What reseals is
 *  a process of its own. */
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createAccountStore } from '../../src/accounts/account-store.js';
import { runCommand } from '../../src/cli/run-command.js';
import { systemClock } from '../../src/clock.js';
import type { Database } from '../../src/database/database.js';
import { openDatabase } from '../../src/database/open-database.js';
import { entities, migrations } from '../../src/entities.js';
import { newKeyringText } from '../../src/vault/keyring.js';
import { createSealedValueStore } from '../../src/vault/sealed-value-store.js';
import { createTokenStore, type TokenPair } from '../../src/vault/token-store.js';
import { connectUser } from '../support/connected-user.js';
import { startOidcProvider, type TestOidcProvider } from '../support/oidc-provider.js';
import { startProgram, type Program } from '../support/program.js';
import { silentLog } from '../support/silent-log.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { createTestVault } from '../support/test-keyring.js';

vi.setConfig({ testTimeout: 240_000 }); // processes beside a load: slow where the machine is busy

const accounts = 600;
const users = 25; // whose `me` is asked, spread over the table

let folder: string;
let file: string;
let oidc: TestOidcProvider;
let app: TestApp;
/** The same database, as the commands have it. */
let database: Database;
let annasToken: string;
let annasAccount: string;
let tokens: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-reseal-'));
  file = join(folder, 'keyring.json');
  await writeFile(file, newKeyringText({ development: false, clock: systemClock }), { mode: 0o600 });
  oidc = await startOidcProvider();
  app = await startTestApp({ providers: () => [oidc.provider()], environment: { LATCHKEY_KEYRING_FILE: file } });
  oidc.registerRedirectUri(`${app.url}/oauth/callback/test`);
  database = await openDatabase({ config: app.config.database, entities, migrations, log: silentLog });
  annasToken = await app.tokenFor('anna');
  annasAccount = await connectUser({ app, oidc, token: annasToken, login: 'anna' });
  await seedAccounts();
  tokens = await Promise.all(Array.from({ length: users }, (_, at) => app.tokenFor(userName((at * accounts) / users))));
});
afterAll(async () => {
  await database.close();
  await app.close();
  await oidc.close();
  await rm(folder, { recursive: true });
});

const userName = (number: number): string => `user ${Math.floor(number)}`;

/** Accounts of other users with the tokens of one person at the provider, who is a sign-in apart from Anna's: hers rotate. */
async function seedAccounts(): Promise<void> {
  await connectUser({ app, oidc, token: await app.tokenFor('berta'), login: 'berta' });
  const parts = { database, clock: systemClock, log: silentLog, ...createTestVault(await readFile(file, 'utf8')) };
  const [store, tokenStore] = [createAccountStore(parts), createTokenStore(parts)];
  const [known] = await store.findForUse({ userId: 'berta', providerId: 'test', accountId: null });
  if (!known) throw new Error('Berta is not connected.');
  const pair: TokenPair = await tokenStore.open(known.tokens);
  const owners = Array.from({ length: accounts }, (_, number) => ({
    accountId: `acc_seeded_${String(number).padStart(5, '0')}`,
    userId: userName(number),
  }));
  const sealed = await Promise.all(owners.map((owner) => tokenStore.seal(owner, pair)));
  // In writes that a slow machine ends within their time.
  for (let first = 0; first < sealed.length; first += 20) {
    await database.write(async (transaction) => {
      for (const one of sealed.slice(first, first + 20)) {
        await store.create(transaction, { ...known.account, id: one.accountId, userId: one.userId });
        await tokenStore.create(transaction, one);
      }
    });
  }
}

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function environment(): Record<string, string> {
  const { dataFolder, database: config } = app.config;
  return {
    LATCHKEY_KEYRING_FILE: file,
    LATCHKEY_DATA_FOLDER: dataFolder,
    ...(config.kind === 'postgres' ? { LATCHKEY_DATABASE_URL: config.url.expose() } : {}),
  };
}

function startReseal(): Program {
  return startProgram('src/cli/latchkey.js', environment(), ['keys', 'reseal', '--json']);
}

async function reseal(): Promise<Ran> {
  const program = startReseal();
  const { code } = await program.ended;
  return { code, ...program.output() };
}

/** A command that needs no process of its own. */
async function run(words: string): Promise<Ran> {
  let [stdout, stderr] = ['', ''];
  const code = await runCommand(words.split(' '), {
    sources: { environment: environment(), readFile: (path) => readFileSync(path, 'utf8'), readFolder: () => [] },
    clock: systemClock,
    write: (text) => void (stdout += text),
    writeError: (text) => void (stderr += text),
  });
  return { code, stdout, stderr };
}

/** The commands' answers are part of what a failed test shows. */
const succeeded: unknown = expect.objectContaining({ code: 0 });

interface Load {
  stop(): Promise<{ asked: number; failed: unknown[] }>;
}

/** Asks for `me` of user after user, and has Anna's tokens refreshed (her refresh token is single use) all the while. */
function startLoad(): Load {
  const over = new AbortController();
  let asked = 0;
  const failed: unknown[] = [];
  const ask = async (query: string, token: string): Promise<void> => {
    const answer = await app
      .query({ query, token })
      .catch((error: unknown) => ({ status: 0, errors: [error], data: {} }));
    asked += 1;
    if (answer.errors || JSON.stringify(answer.data).includes('"problem":{')) failed.push(answer);
  };
  const reader = async (): Promise<void> => {
    for (let at = 0; !over.signal.aborted; at += 1)
      await ask('{ me(provider: "test") { externalId } }', tokens[at % users] ?? '');
  };
  const refresher = async (): Promise<void> => {
    while (!over.signal.aborted) {
      await ask(
        `mutation { refreshAccount(input: { accountId: "${annasAccount}" }) { account { id } problem { code } } }`,
        annasToken,
      );
      await ask('{ me(provider: "test") { externalId } }', annasToken);
    }
  };
  const all = Promise.all([reader(), refresher()]);
  return {
    async stop() {
      over.abort();
      await all;
      return { asked, failed };
    },
  };
}

interface Listed {
  readonly keys: { readonly kid: string; readonly state: 'seals' | 'opens'; readonly sealedValues: number }[];
  readonly underOtherKeys: number;
}

async function list(): Promise<Listed> {
  const { code, stdout, stderr } = await run('keys list --json');
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Listed;
}

test('a rotation beside a gateway that serves fails no request, and ends with the old key gone', async () => {
  const load = startLoad();
  const [old] = (await list()).keys;
  expect(old?.sealedValues).toBeGreaterThanOrEqual(2 * accounts);

  expect(await run('keys rotate')).toEqual(succeeded);
  const resealed = await reseal();
  expect(resealed).toEqual(succeeded);
  expect(resealed.stderr).toContain('(100 %)');
  expect(JSON.parse(resealed.stdout)).toMatchObject({
    end: 'DONE',
    otherKeys: { [old?.kid ?? '']: 0 },
    unreadable: [],
  });
  expect((await list()).keys.find(({ kid }) => kid === old?.kid)?.sealedValues).toBe(0);

  expect(await run(`keys drop ${old?.kid}`)).toEqual(succeeded);
  const after = await list();
  expect(after).toMatchObject({ keys: [{ state: 'seals' }], underOtherKeys: 0 });

  const { asked, failed } = await load.stop();
  expect(failed).toEqual([]);
  expect(asked).toBeGreaterThan(users);
  expect(app.logLines.filter((line) => line.includes('keyring.reload_refused'))).toEqual([]);
  expect(await countUnopened()).toBe(0);
});

test('a reseal that is killed goes on when it is run again, even twice at once, and fails no request', async () => {
  await run('keys rotate');
  const [old, fresh] = (await list()).keys;
  const values = createSealedValueStore({ database });
  const countFresh = async () => (await values.countUse([fresh?.kid ?? ''])).byKid.get(fresh?.kid ?? '') ?? 0;
  const load = startLoad();

  const begunWith = await countFresh();
  const first = startReseal();
  await untilGrown(countFresh, begunWith + 100, first);
  first.kill('SIGKILL');
  expect(await first.ended).toEqual({ code: null, signal: 'SIGKILL' });
  expect((await list()).keys.find(({ kid }) => kid === old?.kid)?.sealedValues).toBeGreaterThan(0);

  expect(await Promise.all([reseal(), reseal()])).toEqual([succeeded, succeeded]);
  expect(await run(`keys drop ${old?.kid}`)).toEqual(succeeded);

  expect((await load.stop()).failed).toEqual([]);
  expect(await countUnopened()).toBe(0);
});

test('an interrupted reseal ends in good order, and its exit code says so', async () => {
  await run('keys rotate');
  const [, fresh] = (await list()).keys;
  const values = createSealedValueStore({ database });
  const program = startReseal();
  await untilGrown(
    async () => (await values.countUse([fresh?.kid ?? ''])).byKid.get(fresh?.kid ?? '') ?? 0,
    100,
    program,
  );
  program.kill('SIGINT');
  expect(await program.ended).toEqual({ code: 130, signal: null });
  const { stdout, stderr } = program.output();
  expect(JSON.parse(stdout)).toMatchObject({ end: 'INTERRUPTED' });
  expect(stderr).toContain('run it again');
  expect(await run('keys reseal')).toEqual(succeeded);
});

/** Looks again and again while the program runs; a batch of it is far smaller than the whole. */
async function untilGrown(count: () => Promise<number>, to: number, program: Program): Promise<void> {
  let hasEnded = false;
  void program.ended.then(() => (hasEnded = true));
  while ((await count()) < to) {
    if (hasEnded) throw new Error(`It ended before: ${JSON.stringify(program.output())}`);
  }
}

/** Token rows that do not open with the keyring as it now stands in its file. */
async function countUnopened(): Promise<number> {
  const parts = { database, clock: systemClock, ...createTestVault(await readFile(file, 'utf8')) };
  const store = createTokenStore(parts);
  let unopened = 0;
  for (let number = 0; number < accounts; number += 1) {
    const row = await store.read(`acc_seeded_${String(number).padStart(5, '0')}`);
    if (!row) unopened += 1;
    else await store.open(row).catch(() => (unopened += 1));
  }
  return unopened;
}

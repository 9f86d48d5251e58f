/** A process that stands still (SIGSTOP) in the middle of a hundred refreshes for longer than its leases, and goes on: a
 *  hundred rounds at once, in a real process on a real PostgreSQL. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { newKeyringText } from '../../src/vault/keyring.js';
import { judgeAccounts, seedAccounts } from '../../tools/crash-test/accounts.js';
import { startLedgerServer, type LedgerServer } from '../../tools/crash-test/ledger-server.js';
import { startWorker, type Worker } from '../../tools/crash-test/worker.js';
import { administer, createTestPostgres, type TestPostgres } from '../support/test-postgres.js';

const ROUNDS = 100;
const LEASE_MS = 200;

let folder: string;
let postgres: TestPostgres;
let server: LedgerServer;
let vault: { database: { kind: 'postgres'; url: string }; keyring: string };
let accountIds: readonly string[];
const workers: Worker[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-stopped-'));
  postgres = await createTestPostgres();
  server = await startLedgerServer({
    mode: 'untilFirstUse',
    graceMs: 0,
    answerDelayMs: 0,
    accessTokenSeconds: 1,
  });
  const keyring = newKeyringText({ development: true, clock: systemClock });
  vault = { database: { kind: 'postgres', url: postgres.url }, keyring };
  accountIds = await seedAccounts(vault, { ledger: server.ledger, count: ROUNDS });
});
afterEach(async () => {
  for (const worker of workers) worker.kill();
  await Promise.all(workers.splice(0).map(({ gone }) => gone));
  await server.close();
  await postgres.drop();
  await rm(folder, { recursive: true });
});

async function start(name: string, its: readonly string[] = accountIds): Promise<Worker> {
  const worker = startWorker(
    {
      ...vault,
      dataFolder: join(folder, name),
      providerUrl: server.url,
      replay: 'untilFirstUse',
      graceSeconds: null,
      accountIds: its,
      concurrency: 0,
      leases: { postMs: LEASE_MS, answerMs: LEASE_MS },
      seed: 1,
    },
    () => undefined,
  );
  workers.push(worker);
  await worker.running;
  return worker;
}

/** Ends when the provider has issued a hundred pairs, and who asked for them stands still past all its leases. */
async function stopPastLeases(): Promise<{ goOn(): Promise<unknown> }> {
  const half = ROUNDS / 2; // a process has 64 connections to a provider at most
  const stopped = await Promise.all([
    start('first', accountIds.slice(0, half)),
    start('second', accountIds.slice(half)),
  ]);
  const release = server.holdAnswers();
  const renewed = Promise.all(stopped.map((worker) => worker.renewAll()));
  while (server.requests() < ROUNDS) await pause(10);
  for (const worker of stopped) worker.kill('SIGSTOP');
  release();
  await pause(LEASE_MS * 2);
  return {
    goOn() {
      for (const worker of stopped) worker.kill('SIGCONT');
      return renewed;
    },
  };
}

const versions = () =>
  administer(postgres.url, async (client) => {
    const { rows } = await client.query<{ version: number; count: string }>(
      'SELECT version, count(*) AS count FROM token_set GROUP BY version',
    );
    return rows.map(({ version, count }) => [version, Number(count)]);
  });

test('it brings its answers home where nothing has moved on, and nothing is sent again', async () => {
  const { goOn } = await stopPastLeases();
  await goOn();
  expect(await versions()).toEqual([[2, ROUNDS]]);
  expect(await judgeAccounts(vault, { ledger: server.ledger, accountIds })).toMatchObject({ alive: ROUNDS });
  expect(server.requests()).toBe(ROUNDS);
});

test('it changes nothing where another process has moved on', async () => {
  const { goOn } = await stopPastLeases();
  await (await start('another')).renewAll();
  expect(await versions()).toEqual([[2, ROUNDS]]);
  expect(server.requests()).toBe(2 * ROUNDS);
  await goOn();
  expect(await versions()).toEqual([[2, ROUNDS]]);
  // The provider took the first’s pairs back when it issued the second’s: only those work.
  expect(await judgeAccounts(vault, { ledger: server.ledger, accountIds })).toMatchObject({ alive: ROUNDS });
  expect(server.requests()).toBe(2 * ROUNDS);
});

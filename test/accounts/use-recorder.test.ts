import { afterEach, beforeEach, expect, test } from 'vitest';
import { createAccountStore } from '../../src/accounts/account-store.js';
import type { AccountStore } from '../../src/accounts/account-store.js';
import type { Database } from '../../src/database/database.js';
import type { LogEvent } from '../../src/observe/logger.js';
import { openTestDatabase, silentLog } from '../support/test-database.js';
import type { TestDatabase } from '../support/test-database.js';

let open: TestDatabase;
let accounts: AccountStore;
let writes: number;
let isBroken: boolean;
let warnings: LogEvent[];

beforeEach(async () => {
  open = await openTestDatabase();
  warnings = [];
  isBroken = false;
  const database: Database = {
    ...open.database,
    write: (work) => {
      writes += 1;
      return isBroken ? Promise.reject(new Error('The disk is away.')) : open.database.write(work);
    },
  };
  const log = { ...silentLog, warn: (event: LogEvent) => void warnings.push(event) };
  accounts = createAccountStore({ database, clock: open.clock, log });
  for (const id of ['acc_1', 'acc_2']) await create(id);
  writes = 0;
});

afterEach(() => open.close());

test('a hundred uses within a minute are one write, of the first one', async () => {
  const first = open.clock.now();
  for (let used = 0; used < 100; used += 1) {
    accounts.recordUse('acc_1');
    await accounts.flush();
    open.clock.advance(599);
  }
  expect(writes).toBe(1);
  expect(await lastUse('acc_1')).toBe(first);
});

test('a use a minute after the last one noted is noted again', async () => {
  accounts.recordUse('acc_1');
  await accounts.flush();
  open.clock.advance(60_000);
  accounts.recordUse('acc_1');
  await accounts.flush();
  expect(writes).toBe(2);
  expect(await lastUse('acc_1')).toBe(open.clock.now());
});

test('the minute of one account does not hide the use of another', async () => {
  accounts.recordUse('acc_1');
  accounts.recordUse('acc_2');
  await accounts.flush();
  expect([await lastUse('acc_1'), await lastUse('acc_2')]).toEqual([open.clock.now(), open.clock.now()]);
});

test('a use that cannot be written fails nobody, is reported, and the next use tries again', async () => {
  isBroken = true;
  accounts.recordUse('acc_1');
  await accounts.flush();
  expect(warnings.map(({ event }) => event)).toEqual(['account.use_not_recorded']);
  isBroken = false;
  accounts.recordUse('acc_1');
  await accounts.flush();
  expect(await lastUse('acc_1')).toBe(open.clock.now());
});

test('a use of an account that is gone changes nothing', async () => {
  accounts.recordUse('acc_gone');
  await accounts.flush();
  expect(warnings).toEqual([]);
  expect(await lastUse('acc_1')).toBeNull();
});

async function create(id: string): Promise<void> {
  await open.database.write((transaction) =>
    accounts.create(transaction, {
      id,
      userId: 'ada',
      providerId: 'demo',
      externalId: null,
      displayName: null,
      requestedScopes: [],
      grantedScopes: [],
      expiresAt: null,
      refreshTokenExpiresAt: null,
      nextRefreshAt: null,
    }),
  );
}

async function lastUse(accountId: string): Promise<number | null | undefined> {
  return (await accounts.find({ userId: 'ada', accountId }))?.lastUsedAt;
}

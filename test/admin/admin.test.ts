import { afterEach, beforeEach, expect, test } from 'vitest';
import { createAccountStore } from '../../src/accounts/account-store.js';
import type { AccountStore } from '../../src/accounts/account-store.js';
import { createOpenUser } from '../../src/admin/open-user.js';
import { createRefreshByHand } from '../../src/admin/refresh-by-hand.js';
import { createAudit } from '../../src/audit/audit.js';
import type { Audit } from '../../src/audit/audit.js';
import type { Actor } from '../../src/callers/actor.js';
import { fail } from '../../src/errors.js';
import { openTestDatabase, silentLog } from '../support/test-database.js';
import type { TestDatabase } from '../support/test-database.js';

const admin: Actor = { actorId: 'root', subjectId: 'anna', reason: 'Ticket 4711', requestId: 'r1', isOnBehalf: true };

let opened: TestDatabase;
let accounts: AccountStore;
let audit: Audit;

beforeEach(async () => {
  opened = await openTestDatabase();
  accounts = createAccountStore(opened);
  audit = createAudit({ ...opened, log: silentLog });
});
afterEach(() => opened.close());

async function lines(): Promise<unknown[]> {
  const { edges } = await audit.page({ subjectId: 'anna', first: 100, after: null });
  return edges.map(({ node: { action, outcome, accountId } }) => [action, outcome, accountId]);
}

test('opening a user leaves a line that the user can read', async () => {
  await createOpenUser({ audit })(admin);
  expect(await lines()).toEqual([
    ['user.read', 'DONE', null],
    ['user.read', 'STARTED', null],
  ]);
});

test('a user whose opening could not be noted is not opened', async () => {
  await opened.database.close();
  await expect(createOpenUser({ audit })(admin)).rejects.toThrow();
  opened = await openTestDatabase();
});

test('a refresh that fails is noted with its account, and its fault goes on', async () => {
  await opened.database.write((transaction) => accounts.create(transaction, account));
  const refresh = createRefreshByHand({ accounts, audit, freshTokens: { refreshNow: refuse } });
  await expect(refresh(admin, account.id)).rejects.toMatchObject({ code: 'REAUTHORIZATION_REQUIRED' });
  expect(await lines()).toEqual([
    ['account.refreshed', 'FAILED', account.id],
    ['account.refreshed', 'STARTED', account.id],
  ]);
});

test.each([['acc_of_nobody'], ['acc_of_another']])(
  'the account %s is not found, not refreshed and not written into any audit',
  async (accountId) => {
    const theirs = { ...account, id: 'acc_of_another', userId: 'berta' };
    await opened.database.write((transaction) => accounts.create(transaction, theirs));
    const calls: string[] = [];
    const refreshNow = async (key: { accountId: string }): Promise<never> => {
      calls.push(key.accountId);
      throw new Error('no refresh was due');
    };
    const refresh = createRefreshByHand({ accounts, audit, freshTokens: { refreshNow } });
    await expect(refresh(admin, accountId)).rejects.toMatchObject({ code: 'ACCOUNT_NOT_FOUND' });
    expect(calls).toEqual([]);
    expect(await lines()).toEqual([]);
  },
);

async function refuse(): Promise<never> {
  return fail('REAUTHORIZATION_REQUIRED', { provider: 'test' });
}

const account = {
  id: 'acc_1',
  userId: 'anna',
  providerId: 'test',
  externalId: '1',
  displayName: 'Anna',
  requestedScopes: ['openid'],
  grantedScopes: ['openid'],
  expiresAt: null,
  refreshTokenExpiresAt: null,
  nextRefreshAt: null,
};

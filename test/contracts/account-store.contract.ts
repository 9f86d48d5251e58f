/** The rules that hold for the store of accounts, whatever database stands behind it. Run by test/accounts/account-store.test.ts on each database. */
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AccountFilter, NewAccount } from '../../src/accounts/account-facts.js';
import { createAccountStore } from '../../src/accounts/account-store.js';
import type { AccountStore } from '../../src/accounts/account-store.js';
import type { ConnectedAccount } from '../../src/accounts/connected-account.js';
import { isDuplicate } from '../../src/database/duplicate.js';
import type { Page } from '../../src/database/page.js';
import { TokenSetRow } from '../../src/vault/token-set.entity.js';
import { openTestDatabase, watchReads } from '../support/test-database.js';
import type { DatabaseKind, TestDatabase } from '../support/test-database.js';

export function describeAccountStore(kind: DatabaseKind): void {
  describe(`an account store on ${kind}`, () => {
    let open: TestDatabase;
    let accounts: AccountStore;

    beforeEach(async () => {
      open = await openTestDatabase(kind);
      accounts = createAccountStore(open);
    });

    afterEach(() => open.close());

    describe('a new account', () => {
      test('is active, connected now, and has never failed, been refreshed or used', async () => {
        await create({ id: 'acc_1', grantedScopes: ['openid'] });
        expect(await find('acc_1')).toEqual({
          id: 'acc_1',
          userId: 'ada',
          providerId: 'demo',
          externalId: null,
          displayName: null,
          status: 'ACTIVE',
          requestedScopes: ['openid', 'email'],
          grantedScopes: ['openid'],
          connectedAt: open.clock.now(),
          expiresAt: null,
          refreshTokenExpiresAt: null,
          nextRefreshAt: null,
          lastRefreshedAt: null,
          lastUsedAt: null,
          lastError: null,
          consecutiveFailures: 0,
          tokensIssuedAt: open.clock.now(),
          learnedLifetimeMs: null,
          lastActiveAt: open.clock.now(),
          retryAt: null,
          backoffMs: null,
          policyOverride: null,
          providerValues: {},
          renewedFor401At: null,
          jobId: expect.any(String),
        });
      });

      test('cannot be the same account of the same user at the same provider twice', async () => {
        await create({ id: 'acc_1', externalId: 'person-1' });
        await expect(create({ id: 'acc_2', externalId: 'person-1' })).rejects.toSatisfy(isDuplicate);
        await create({ id: 'acc_3', externalId: 'person-1', providerId: 'other' });
        await create({ id: 'acc_4', externalId: 'person-1', userId: 'bob' });
      });

      test('is one account, though two processes make it ten times at one instant', async () => {
        const databases = [open.database, await open.openAnother()];
        const stores = databases.map((database) => createAccountStore({ ...open, database }));
        const made = await Promise.allSettled(
          Array.from({ length: 10 }, (_, at) =>
            databases[at % 2]!.write((transaction) =>
              stores[at % 2]!.create(transaction, { ...plainAccount, id: `acc_${at}`, externalId: 'person-1' }),
            ),
          ),
        );
        const refused = made.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
        expect(refused).toHaveLength(9);
        expect(refused.every(isDuplicate)).toBe(true);
        expect(await accounts.count({ userId: 'ada', filter: {} })).toBe(1);
      });

      test('may stand beside others of a provider that names nobody', async () => {
        await create({ id: 'acc_1' });
        await create({ id: 'acc_2' });
        expect(await accounts.count({ userId: 'ada', filter: {} })).toBe(2);
      });
    });

    describe('another user', () => {
      test('finds, counts and removes nothing of mine, as if it did not exist', async () => {
        await create({ id: 'acc_1', externalId: 'person-1', withTokens: true });
        const bob = { userId: 'bob', providerId: 'demo' };
        expect(await accounts.find({ userId: 'bob', accountId: 'acc_1' })).toBeNull();
        expect(await accounts.findByExternalId({ ...bob, externalId: 'person-1' })).toBeNull();
        expect(await accounts.findForUse({ ...bob, accountId: 'acc_1' })).toEqual([]);
        expect(await accounts.findForUse({ ...bob, accountId: null })).toEqual([]);
        expect(await accounts.count({ userId: 'bob', filter: {} })).toBe(0);
        expect((await accounts.page({ userId: 'bob', filter: {}, first: 10, after: null })).edges).toEqual([]);
        expect(await remove('bob', 'acc_1')).toBe(false);
        expect(await find('acc_1')).not.toBeNull();
      });

      test('cannot read on from a cursor of mine', async () => {
        await create({ id: 'acc_1' });
        await create({ id: 'acc_2' });
        const mine = await accounts.page({ userId: 'ada', filter: {}, first: 1, after: null });
        const after = mine.edges[0]?.cursor ?? '';
        expect((await accounts.page({ userId: 'bob', filter: {}, first: 10, after })).edges).toEqual([]);
      });
    });

    test('a person at a provider is found through an index, whoever connected them', async () => {
      await create({ id: 'acc_1', externalId: 'person-1' });
      const statements = watchReads(open.database);
      const isConnected = (externalId: string) => accounts.isConnectedByAnybody({ providerId: 'demo', externalId });
      expect([await isConnected('person-1'), await isConnected('person-2')]).toEqual([true, false]);
      expect(await planOf(statements[0] ?? '')).toContain('connected_account_person');
    });

    describe('accounts for use', () => {
      test('come with their tokens in exactly one statement', async () => {
        await create({ id: 'acc_1', withTokens: true });
        const statements = watchReads(open.database);
        const found = await accounts.findForUse({ userId: 'ada', providerId: 'demo', accountId: null });
        expect(statements).toHaveLength(1);
        expect(found).toEqual([{ account: await find('acc_1'), tokens: tokensOf('acc_1') }]);
      });

      test('are found through an index, never by reading the whole table', async () => {
        const statements = watchReads(open.database);
        await accounts.findForUse({ userId: 'ada', providerId: 'demo', accountId: null });
        await accounts.findForUse({ userId: 'ada', providerId: 'demo', accountId: 'acc_1' });
        await accounts.page({ userId: 'ada', filter: { providerId: 'demo' }, first: 10, after: null });
        const plans = await Promise.all(statements.slice(0, 3).map(planOf));
        expect(plans).toHaveLength(3);
        for (const plan of plans) expect(plan).toMatch(usesIndex[kind]);
        expect(plans.join('\n')).not.toMatch(readsAll[kind]);
      });

      test('come oldest first, of this provider alone, and twenty at most', async () => {
        for (let made = 0; made < 22; made += 1) {
          await create({ id: `acc_${made}`, withTokens: true });
          open.clock.advance(1);
        }
        await create({ id: 'acc_elsewhere', providerId: 'other', withTokens: true });
        const found = await accounts.findForUse({ userId: 'ada', providerId: 'demo', accountId: null });
        expect(found.map(({ account }) => account.id)).toEqual(Array.from({ length: 20 }, (_, made) => `acc_${made}`));
      });

      test('are one where the caller names one', async () => {
        await create({ id: 'acc_1', withTokens: true });
        await create({ id: 'acc_2', withTokens: true });
        const found = await accounts.findForUse({ userId: 'ada', providerId: 'demo', accountId: 'acc_2' });
        expect(found.map(({ account, tokens }) => [account.id, tokens.accountId])).toEqual([['acc_2', 'acc_2']]);
        expect(await accounts.findForUse({ userId: 'ada', providerId: 'other', accountId: 'acc_2' })).toEqual([]);
      });
    });

    describe('pages', () => {
      test('walking them meets every account once, oldest first, whatever the page size', async () => {
        let users = 0;
        await fc.assert(
          fc.asyncProperty(
            fc.array(fc.nat({ max: 3 }), { maxLength: 12 }),
            fc.integer({ min: 1, max: 5 }),
            async (gaps, first) => {
              const userId = `user-${(users += 1)}`;
              for (const [position, gap] of gaps.entries()) {
                open.clock.advance(gap); // often by nothing: then the id decides
                await create({ id: `acc_${userId}_${String((position * 7) % 13).padStart(2, '0')}`, userId });
              }
              const walked = await walk(userId, first);
              expect(new Set(walked.map(({ id }) => id)).size).toBe(gaps.length);
              expect(walked).toHaveLength(gaps.length);
              expect(walked).toEqual(walked.toSorted(byAgeThenId));
            },
          ),
          { numRuns: 15 },
        );
      });

      test('a row that goes away does not make the walk skip or repeat another', async () => {
        for (const id of ['acc_1', 'acc_2', 'acc_3']) await create({ id });
        const start = await accounts.page({ userId: 'ada', filter: {}, first: 2, after: null });
        await remove('ada', 'acc_2');
        const rest = await accounts.page({
          userId: 'ada',
          filter: {},
          first: 2,
          after: start.edges[1]?.cursor ?? null,
        });
        expect(nodes(rest).map(({ id }) => id)).toEqual(['acc_3']);
      });

      test('a filter holds for the page and for the count', async () => {
        await create({ id: 'acc_1' });
        await create({ id: 'acc_2', providerId: 'other' });
        await create({ id: 'acc_3' });
        await fail('acc_3', 'NEEDS_REAUTHORIZATION');
        expect(await idsOf({})).toEqual(['acc_1', 'acc_2', 'acc_3']);
        expect(await idsOf({ providerId: 'demo' })).toEqual(['acc_1', 'acc_3']);
        expect(await idsOf({ status: 'ACTIVE' })).toEqual(['acc_1', 'acc_2']);
        expect(await idsOf({ providerId: 'demo', status: 'NEEDS_REAUTHORIZATION' })).toEqual(['acc_3']);
      });

      test.each([0, 101])('of %s accounts are refused', async (first) => {
        const asked = accounts.page({ userId: 'ada', filter: {}, first, after: null });
        await expect(asked).rejects.toMatchObject({ code: 'BAD_USER_INPUT', facts: { field: 'first' } });
      });

      test('after something that is no cursor are refused', async () => {
        const asked = accounts.page({ userId: 'ada', filter: {}, first: 1, after: "' OR 1=1 --" });
        await expect(asked).rejects.toMatchObject({ code: 'BAD_USER_INPUT', facts: { field: 'after' } });
      });
    });

    describe('refreshes', () => {
      test('each failure counts, and the last one says why and when', async () => {
        await create({ id: 'acc_1' });
        await fail('acc_1', 'KEEP', 'TIMED_OUT');
        open.clock.advance(1000);
        await fail('acc_1', 'KEEP', 'RATE_LIMITED');
        expect(await find('acc_1')).toMatchObject({
          status: 'ACTIVE',
          consecutiveFailures: 2,
          lastError: { code: 'RATE_LIMITED', at: open.clock.now() },
        });
      });

      test('one that works clears the failures, makes the account active and takes over the new times', async () => {
        await create({ id: 'acc_1' });
        await fail('acc_1', 'NEEDS_REAUTHORIZATION');
        await refreshed('acc_1', ['openid', 'email']);
        expect(await find('acc_1')).toMatchObject({
          status: 'ACTIVE',
          consecutiveFailures: 0,
          lastError: null,
          lastRefreshedAt: open.clock.now(),
          expiresAt: 5,
          refreshTokenExpiresAt: 6,
          grantedScopes: ['openid', 'email'],
        });
      });

      test('one that names no scopes keeps those that stand', async () => {
        await create({ id: 'acc_1', grantedScopes: ['openid'] });
        await refreshed('acc_1', null);
        expect(await find('acc_1')).toMatchObject({ grantedScopes: ['openid'] });
      });

      test('one is not written over a row that is not as it was seen', async () => {
        await create({ id: 'acc_1' });
        const seen = await find('acc_1');
        await fail('acc_1', 'KEEP');
        const failed = await find('acc_1');
        expect(await refreshed('acc_1', null, seen)).toBe(false);
        expect(await find('acc_1')).toEqual(failed);
        expect(await refreshed('acc_1', null, failed)).toBe(true);
        expect(await find('acc_1')).toMatchObject({ consecutiveFailures: 0, expiresAt: 5 });
      });

      test('the outcome of one touches no other account', async () => {
        await create({ id: 'acc_1' });
        await create({ id: 'acc_2' });
        const before = await find('acc_2');
        await fail('acc_1', 'NEEDS_REAUTHORIZATION');
        await refreshed('acc_1', null);
        expect(await find('acc_2')).toEqual(before);
      });
    });

    describe('a new consent', () => {
      test('makes the account active with what it gave, and keeps its id, age and history of use', async () => {
        await create({ id: 'acc_1', externalId: 'person-1' });
        const before = await find('acc_1');
        await fail('acc_1', 'NEEDS_REAUTHORIZATION');
        open.clock.advance(1000);
        const given = {
          externalId: 'person-1',
          displayName: 'Ada',
          requestedScopes: ['openid', 'files'],
          grantedScopes: ['openid', 'files'],
          expiresAt: 7,
          refreshTokenExpiresAt: 8,
          nextRefreshAt: 6,
        };
        await open.database.write((transaction) => accounts.reconnect(transaction, { accountId: 'acc_1', ...given }));
        const now = open.clock.now();
        expect(await find('acc_1')).toEqual({ ...before, ...given, tokensIssuedAt: now, lastActiveAt: now });
      });

      test('for an account that was disconnected meanwhile is refused', async () => {
        const given = { externalId: null, displayName: null, requestedScopes: [], grantedScopes: [] };
        const facts = {
          accountId: 'acc_gone',
          ...given,
          expiresAt: null,
          refreshTokenExpiresAt: null,
          nextRefreshAt: null,
        };
        const reconnected = open.database.write((transaction) => accounts.reconnect(transaction, facts));
        await expect(reconnected).rejects.toMatchObject({ code: 'ACCOUNT_NOT_FOUND' });
      });
    });

    test('removing an account twice removes it once', async () => {
      await create({ id: 'acc_1' });
      expect(await remove('ada', 'acc_1')).toBe(true);
      expect(await remove('ada', 'acc_1')).toBe(false);
      expect(await find('acc_1')).toBeNull();
    });

    interface TestAccount extends Partial<NewAccount> {
      readonly id: string;
      readonly withTokens?: boolean;
    }

    async function create({ withTokens = false, ...account }: TestAccount): Promise<void> {
      await open.database.write(async (transaction) => {
        await accounts.create(transaction, { ...plainAccount, ...account });
        if (withTokens) await transaction.insert(TokenSetRow, tokensOf(account.id));
      });
    }

    function tokensOf(accountId: string): TokenSetRow {
      return {
        accountId,
        userId: 'ada',
        version: 1,
        sealedAccessToken: 'sealed',
        sealedRefreshToken: null,
        sealedPreviousRefreshToken: null,
        refreshTokenFingerprint: null,
        intentAttempt: null,
        intentVersion: null,
        intentSince: null,
        intentAt: null,
        updatedAt: 1,
      };
    }

    function find(accountId: string): Promise<ConnectedAccount | null> {
      return accounts.find({ userId: 'ada', accountId });
    }

    function remove(userId: string, accountId: string): Promise<boolean> {
      return open.database.write((transaction) => accounts.remove(transaction, { userId, accountId }));
    }

    async function fail(
      accountId: string,
      status: 'KEEP' | 'NEEDS_REAUTHORIZATION',
      code: 'TIMED_OUT' | 'RATE_LIMITED' | 'INVALID_GRANT' = 'INVALID_GRANT',
    ): Promise<void> {
      await open.database.write((transaction) =>
        accounts.recordRefreshFailure(transaction, { accountId, status, code, backoffMs: null, nextRefreshAt: null }),
      );
    }

    async function refreshed(
      accountId: string,
      grantedScopes: readonly string[] | null,
      seen: ConnectedAccount | null = null,
    ): Promise<boolean> {
      const times = { expiresAt: 5, refreshTokenExpiresAt: 6, tokensIssuedAt: open.clock.now(), nextRefreshAt: 4 };
      const facts = { accountId, ...times, learnedLifetimeMs: null, grantedScopes };
      return open.database.write((transaction) => accounts.recordRefreshed(transaction, facts, seen));
    }

    async function idsOf(filter: AccountFilter): Promise<string[]> {
      const found = nodes(await accounts.page({ userId: 'ada', filter, first: 10, after: null }));
      expect(await accounts.count({ userId: 'ada', filter })).toBe(found.length);
      return found.map(({ id }) => id);
    }

    async function walk(userId: string, first: number): Promise<ConnectedAccount[]> {
      const walked: ConnectedAccount[] = [];
      for (let after: string | null = null, more = true; more;) {
        const page: Page<ConnectedAccount> = await accounts.page({ userId, filter: {}, first, after });
        walked.push(...nodes(page));
        more = page.hasNextPage;
        after = page.edges.at(-1)?.cursor ?? null;
      }
      return walked;
    }

    function nodes({ edges }: Page<ConnectedAccount>): ConnectedAccount[] {
      return edges.map(({ node }) => node);
    }

    function byAgeThenId(a: ConnectedAccount, b: ConnectedAccount): number {
      return a.connectedAt - b.connectedAt || (a.id < b.id ? -1 : 1);
    }

    async function planOf(statement: string): Promise<string> {
      if (kind === 'sqlite') {
        const values = Array.from(statement.matchAll(/\?/g), () => 'x');
        const plan: { detail: string }[] = await open.database.reader.query(`EXPLAIN QUERY PLAN ${statement}`, values);
        return plan.map(({ detail }) => detail).join('\n');
      }
      return open.database.write(async (transaction) => {
        await transaction.query('SET LOCAL enable_seqscan = off'); // of so few rows it would rather read all
        const plan: Record<string, string>[] = await transaction.query(`EXPLAIN (GENERIC_PLAN) ${statement}`);
        return plan.map((row) => row['QUERY PLAN']).join('\n');
      });
    }
  });
}

const usesIndex = { sqlite: /SEARCH/, postgres: /Index (Only )?Scan|Bitmap Index Scan/ } as const;
const readsAll = { sqlite: /SCAN/, postgres: /Seq Scan/ } as const;

const plainAccount = {
  userId: 'ada',
  providerId: 'demo',
  externalId: null,
  displayName: null,
  requestedScopes: ['openid', 'email'],
  grantedScopes: ['openid', 'email'],
  expiresAt: null,
  refreshTokenExpiresAt: null,
  nextRefreshAt: null,
};

/** The rules that hold for the accounts that are remembered for a moment, whatever database stands behind them. Run by
 *  test/accounts/recent-accounts.test.ts on each database. */
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createAccountStore, type AccountStore } from '../../src/accounts/account-store.js';
import type { AccountForUse } from '../../src/accounts/account-facts.js';
import type { FindForUse } from '../../src/accounts/accounts-for-use.js';
import { createRecentAccounts } from '../../src/accounts/recent-accounts.js';
import type { Database, Transaction } from '../../src/database/database.js';
import { watchWrites, type WriteNews } from '../../src/database/watched-database.js';
import { Secret } from '../../src/secret.js';
import { createTokenStore, type TokenStore } from '../../src/vault/token-store.js';
import { createGate } from '../support/gate.js';
import { openTestDatabase, type DatabaseKind, type TestDatabase } from '../support/test-database.js';
import { createTestVault } from '../support/test-keyring.js';

const grant = {
  externalId: null,
  displayName: null,
  requestedScopes: ['openid'],
  grantedScopes: ['openid'],
  expiresAt: null,
  refreshTokenExpiresAt: null,
  nextRefreshAt: null,
};

const refused = {
  accountId: 'acc_ann',
  code: 'INVALID_GRANT',
  status: 'KEEP',
  backoffMs: 0,
  nextRefreshAt: null,
} as const;

export function describeRecentAccounts(kind: DatabaseKind): void {
  describe(`recent accounts on ${kind}`, () => {
    let open: TestDatabase;
    let database: Database & WriteNews;
    let accounts: AccountStore;
    let tokens: TokenStore;
    let reads: number;
    let answers: number;
    /** What a read waits for after the database has answered it. */
    let answered: () => Promise<void>;
    let find: FindForUse;

    beforeEach(async () => {
      open = await openTestDatabase(kind);
      database = watchWrites(open.database);
      accounts = createAccountStore({ database, clock: open.clock });
      tokens = createTokenStore({ database, clock: open.clock, ...createTestVault() });
      reads = 0;
      answers = 0;
      answered = () => Promise.resolve();
      const findForUse: FindForUse = async (wanted) => {
        reads += 1;
        const found = await accounts.findForUse(wanted);
        answers += 1;
        await answered();
        return found;
      };
      find = createRecentAccounts({ findForUse, database, clock: open.clock }).findForUse;
      await connect('ann', 'acc_ann');
      await connect('bob', 'acc_bob');
    });

    afterEach(() => open.close());

    test('who asks twice within a moment is read once, and then again', async () => {
      await ask('ann');
      open.clock.advance(749);
      await ask('ann');
      expect(reads).toBe(1);
      open.clock.advance(151);
      await ask('ann');
      expect(reads).toBe(2);
    });

    test('who asks near the end of the moment does not wait for the read that it costs, and it is one', async () => {
      const before = await ask('ann');
      const gate = createGate();
      answered = () => gate.opened;
      open.clock.advance(750);
      expect([await ask('ann'), await ask('ann')]).toEqual([before, before]);
      await untilAnswered(2);
      gate.open();
      await settled();
      open.clock.advance(749); // of the moment that began with the second read
      await ask('ann');
      expect(reads).toBe(2);
    });

    test('a read behind the answer that finds the account gone ends the moment', async () => {
      await ask('ann');
      const another = await open.openAnother();
      const elsewhere = createAccountStore({ database: another, clock: open.clock });
      await another.write((transaction) => elsewhere.remove(transaction, { userId: 'ann', accountId: 'acc_ann' }));
      open.clock.advance(750);
      await ask('ann');
      await untilAnswered(2);
      await settled();
      expect(await ask('ann')).toEqual([]);
    });

    test('a read behind the answer that fails is met by whoever has to wait for the next', async () => {
      await ask('ann');
      answered = () => Promise.reject(new Error('the database went away'));
      open.clock.advance(750);
      expect(idsOf(await ask('ann'))).toEqual(['acc_ann']);
      await untilAnswered(2);
      await settled();
      open.clock.advance(150);
      await expect(ask('ann')).rejects.toThrow('went away');
    });

    test('who asks at the same time shares one read, and no other user does', async () => {
      const found = await Promise.all([ask('ann'), ask('ann'), ask('bob')]);
      expect(found.map(idsOf)).toEqual([['acc_ann'], ['acc_ann'], ['acc_bob']]);
      expect(reads).toBe(2);
    });

    test("the id of another user's account finds nothing, whoever asked before", async () => {
      expect(idsOf(await ask('ann', 'acc_ann'))).toEqual(['acc_ann']);
      expect(await ask('bob', 'acc_ann')).toEqual([]);
      expect(await find({ userId: 'ann', providerId: 'other', accountId: 'acc_ann' })).toEqual([]);
    });

    test('who has none is read each time, so that a new account works at once on every instance', async () => {
      expect(await ask('eve')).toEqual([]);
      await connect('eve', 'acc_eve', await open.openAnother());
      expect(idsOf(await ask('eve'))).toEqual(['acc_eve']);
    });

    test('who joined a read that found none reads for themself', async () => {
      const gate = createGate();
      answered = () => gate.opened;
      const first = ask('eve');
      await untilAnswered(1);
      const second = ask('eve');
      await connect('eve', 'acc_eve', await open.openAnother());
      gate.open();
      expect([idsOf(await first), idsOf(await second)]).toEqual([[], ['acc_eve']]);
    });

    test('an account that asks its user is read each time, so that a new consent helps at once', async () => {
      const failure = { ...refused, status: 'NEEDS_REAUTHORIZATION' } as const;
      await database.write((transaction) => accounts.recordRefreshFailure(transaction, failure));
      await ask('ann');
      await ask('ann');
      expect(reads).toBe(2);
    });

    const refreshed = {
      accountId: 'acc_ann',
      expiresAt: 7,
      refreshTokenExpiresAt: null,
      grantedScopes: null,
      tokensIssuedAt: 1,
      learnedLifetimeMs: null,
      nextRefreshAt: null,
    };
    const writes: Record<string, (transaction: Transaction) => Promise<unknown>> = {
      'a refresh': (transaction) => accounts.recordRefreshed(transaction, refreshed, null),
      'refreshes that are written together': async (transaction) => {
        const seen = (await accounts.findIn(transaction, 'acc_ann'))!;
        const written = await accounts.recordAllRefreshed(transaction, [{ facts: refreshed, seen }]);
        expect([...written]).toEqual(['acc_ann']);
      },
      'a failed refresh': (transaction) => accounts.recordRefreshFailure(transaction, refused),
      'a new consent': (transaction) =>
        accounts.reconnect(transaction, { accountId: 'acc_ann', ...grant, displayName: 'Ann' }),
      'a disconnect': (transaction) => accounts.remove(transaction, { userId: 'ann', accountId: 'acc_ann' }),
      'a second account': async (transaction) => createAccount(transaction, 'ann', 'acc_ann_2'),
      'a write of tokens': (transaction) =>
        transaction.update('token_set', { accountId: 'acc_ann' }, { sealedAccessToken: 'resealed' }),
      'a write that names no account': (transaction) =>
        transaction.query("UPDATE connected_account SET display_name = 'X'"),
    };
    for (const [name, write] of Object.entries(writes)) {
      test(`${name} in this process is seen by the next read`, async () => {
        await ask('ann');
        await database.write(write);
        expect(await ask('ann')).toEqual(await accounts.findForUse(target('ann')));
        expect(reads).toBe(2);
      });
    }

    for (const name of ['a refresh', 'refreshes that are written together']) {
      test(`${name}, about one account, leaves another user's in memory`, async () => {
        await ask('bob');
        await database.write((transaction) => writes[name]?.(transaction) ?? Promise.reject(new Error('none')));
        await ask('bob');
        expect(reads).toBe(1);
      });
    }

    test('what was read before a write that has ended is not kept, and nobody who comes later joins that read', async () => {
      const gate = createGate();
      answered = () => gate.opened;
      const early = ask('ann');
      await untilAnswered(1);
      await database.write((transaction) => accounts.remove(transaction, { userId: 'ann', accountId: 'acc_ann' }));
      answered = () => Promise.resolve();
      expect(await ask('ann')).toEqual([]);
      gate.open();
      expect(idsOf(await early)).toEqual(['acc_ann']);
      expect(await ask('ann')).toEqual([]);
    });

    test('a write whose end was not heard of counts as one that held', async () => {
      await ask('ann');
      const write = database.write(async (transaction) => {
        await writes['a refresh']?.(transaction);
        throw new Error('the COMMIT was not answered');
      });
      await expect(write).rejects.toThrow('not answered');
      await ask('ann');
      expect(reads).toBe(2);
    });

    test('a disconnect in another process holds here within a second', async () => {
      await ask('ann');
      const another = await open.openAnother();
      const elsewhere = createAccountStore({ database: another, clock: open.clock });
      await another.write((transaction) => elsewhere.remove(transaction, { userId: 'ann', accountId: 'acc_ann' }));
      open.clock.advance(900);
      expect(await ask('ann')).toEqual([]);
    });

    test('no more than a thousand are kept, the oldest go first', async () => {
      const one = await accounts.findForUse(target('ann'));
      const many = createRecentAccounts({
        database,
        clock: open.clock,
        findForUse: async () => {
          reads += 1;
          return one;
        },
      });
      for (let number = 0; number <= 1000; number += 1) await many.findForUse(target(`user-${number}`));
      expect(reads).toBe(1001);
      await many.findForUse(target('user-1000'));
      expect(reads).toBe(1001);
      await many.findForUse(target('user-0'));
      expect(reads).toBe(1002);
    });

    test('however reads and writes overlap, nobody sees less than what was written before they asked', async () => {
      const step = fc.record({
        who: fc.constantFrom('ann', 'bob'),
        do: fc.constantFrom('ask', 'ask', 'write', 'settle', 'answer', 'wait'),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
          const versions = new Map(['ann', 'bob'].map((user) => [user, 0]));
          for (const user of versions.keys()) versions.set(user, await versionOf(accounts.findForUse(target(user))));
          const waiting: (() => void)[] = [];
          const running: Promise<void>[] = [];
          const writing: Promise<void>[] = [];
          answered = () => new Promise((resolve) => void waiting.push(resolve));
          for (const { who, do: act } of steps) {
            if (act === 'ask') running.push(askAndCheck(who, versions.get(who) ?? 0));
            if (act === 'write') writing.push(bump(who, versions));
            if (act === 'settle') await Promise.all(writing);
            if (act === 'answer') waiting.shift()?.();
            if (act === 'wait') open.clock.advance(200);
          }
          answered = () => Promise.resolve();
          for (const go of waiting) go();
          await Promise.all([...running, ...writing]);
        }),
        { numRuns: 60 },
      );
    });

    async function askAndCheck(userId: string, least: number): Promise<void> {
      const found = await ask(userId);
      expect(idsOf(found)).toEqual([`acc_${userId}`]);
      expect(found[0]?.tokens.version).toBeGreaterThanOrEqual(least);
    }

    async function bump(userId: string, versions: Map<string, number>): Promise<void> {
      const accountId = `acc_${userId}`;
      await database.write(async (transaction) => {
        await transaction.increment('token_set', { accountId }, 'version', 1);
      });
      versions.set(userId, (versions.get(userId) ?? 0) + 1);
    }

    async function versionOf(found: Promise<readonly AccountForUse[]>): Promise<number> {
      return (await found)[0]?.tokens.version ?? 0;
    }

    async function connect(userId: string, id: string, through: Database = database): Promise<void> {
      await through.write((transaction) => createAccount(transaction, userId, id));
    }

    async function createAccount(transaction: Transaction, userId: string, id: string): Promise<void> {
      const pair = { accessToken: Secret.of('access'), refreshToken: Secret.of('refresh') };
      await accounts.create(transaction, { id, userId, providerId: 'demo', ...grant });
      await tokens.create(transaction, await tokens.seal({ accountId: id, userId }, pair));
    }

    function ask(userId: string, accountId: string | null = null): Promise<readonly AccountForUse[]> {
      return find({ ...target(userId), accountId });
    }

    /** Until what a read sets off when it ends has happened. */
    function settled(): Promise<void> {
      return new Promise((resolve) => void setImmediate(resolve));
    }

    async function untilAnswered(count: number): Promise<void> {
      await vi.waitFor(() => expect(answers).toBe(count));
    }
  });
}

function target(userId: string) {
  return { userId, providerId: 'demo', accountId: null };
}

function idsOf(found: readonly AccountForUse[]): string[] {
  return found.map(({ account }) => account.id);
}

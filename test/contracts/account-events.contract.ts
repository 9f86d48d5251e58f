/** The rules that hold for events and for the ends of refresh tokens, whatever database stands behind them. Run by
 *  test/events/account-events.test.ts on each database. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createAccountStore } from '../../src/accounts/account-store.js';
import type { AccountStore } from '../../src/accounts/account-store.js';
import { createEndingAccounts } from '../../src/accounts/ending-accounts.js';
import { ConnectedAccountRow } from '../../src/accounts/connected-account.entity.js';
import { createAccountEvents } from '../../src/events/account-events.js';
import type { AccountEvents } from '../../src/events/account-events.js';
import { AccountEventRow } from '../../src/events/account-event.entity.js';
import type { AccountChange } from '../../src/events/account-event.js';
import { createPurgeEvents } from '../../src/events/purge-events.js';
import type { Provider } from '../../src/providers/provider.js';
import { createTellEndings } from '../../src/refresh/tell-endings.js';
import { storedEvents } from '../support/stored-events.js';
import { openTestDatabase } from '../support/test-database.js';
import type { DatabaseKind, TestDatabase } from '../support/test-database.js';

const DAY_MS = 86_400_000;

export function describeAccountEvents(kind: DatabaseKind): void {
  describe(`events of accounts on ${kind}`, () => {
    let open: TestDatabase;
    let events: AccountEvents;
    let accounts: AccountStore;

    beforeEach(async () => {
      open = await openTestDatabase(kind);
      events = createAccountEvents({ ...open, webhookTypes: new Set(['NEEDS_REAUTHORIZATION', 'EXPIRING']) });
      accounts = createAccountStore(open);
    });
    afterEach(() => open.close());

    const change = { type: 'CONNECTED', accountId: 'acc_1', userId: 'ada', providerId: 'test', facts: {} } as const;
    const died: AccountChange = { ...change, type: 'NEEDS_REAUTHORIZATION', facts: { code: 'INVALID_GRANT' } };

    const record = (...changes: AccountChange[]) =>
      open.database.write(async (transaction) => {
        for (const one of changes) await events.record(transaction, one);
      });

    describe('an event', () => {
      test('is stored with the change that it tells of, or neither is', async () => {
        await record(died);
        const failing = open.database.write(async (transaction) => {
          await events.record(transaction, died);
          throw new Error('no');
        });
        await expect(failing).rejects.toThrow('no');
        expect(await storedEvents(open.database)).toMatchObject([{ ...died, id: expect.stringMatching(/^ace_/) }]);
      });

      test('waits for the webhook where that wants its kind, and for nothing where it does not', async () => {
        await record(died, change);
        expect(await storedEvents(open.database)).toMatchObject([
          { type: 'NEEDS_REAUTHORIZATION', delivery: 'PENDING', tries: 0, nextTryAt: open.clock.now() },
          { type: 'CONNECTED', delivery: 'NONE', nextTryAt: null },
        ]);
      });

      test('of a refresh is stored for the webhook alone: the history has it', async () => {
        await record({ ...change, type: 'REFRESHED' });
        expect(await storedEvents(open.database)).toEqual([]);
        events = createAccountEvents({ ...open, webhookTypes: new Set(['REFRESHED']) });
        await record({ ...change, type: 'REFRESHED' });
        expect(await storedEvents(open.database)).toMatchObject([{ type: 'REFRESHED', delivery: 'PENDING' }]);
      });

      test('stands after those that were recorded before it, also within one millisecond', async () => {
        const types = ['CONNECTED', 'NEEDS_REAUTHORIZATION', 'RECOVERED', 'DISCONNECTED'] as const;
        await record(...types.map((type) => ({ ...change, type })));
        expect((await storedEvents(open.database)).map(({ type }) => type)).toEqual(types);
      });

      test('is deleted when it is old, unless it waits; one that could not be delivered stays a year', async () => {
        await record(change, died, { ...died, accountId: 'acc_dead' });
        await open.database.write((transaction) =>
          transaction.update(AccountEventRow, { accountId: 'acc_dead' }, { delivery: 'DEAD', nextTryAt: null }),
        );
        const purge = createPurgeEvents({ ...open, keptDays: 30 });
        open.clock.advance(30 * DAY_MS);
        expect(await purge()).toBe(0);
        open.clock.advance(10);
        expect(await purge()).toBe(1);
        expect((await storedEvents(open.database)).map(({ delivery }) => delivery)).toEqual(['PENDING', 'DEAD']);
        open.clock.advance(340 * DAY_MS);
        expect(await purge()).toBe(1);
        expect((await storedEvents(open.database)).map(({ delivery }) => delivery)).toEqual(['PENDING']);
      });
    });

    describe('the end of a refresh token', () => {
      const noticeMs = 7 * DAY_MS;
      let issuedAt: number;
      beforeEach(() => {
        issuedAt = open.clock.now();
      });

      test('is told of seven days before, once, and again only where it has moved', async () => {
        await account('acc_1', { endsAt: issuedAt + 60 * DAY_MS });
        expect(await tell()).toBe(0);
        open.clock.advance(53 * DAY_MS);
        expect(await tell()).toBe(1);
        expect(await tell()).toBe(0);
        expect(await storedEvents(open.database)).toMatchObject([
          { type: 'EXPIRING', accountId: 'acc_1', userId: 'ada', facts: { endsAt: issuedAt + 60 * DAY_MS } },
        ]);
        await alter('acc_1', { refreshTokenExpiresAt: issuedAt + 60 * DAY_MS + 5_000 }); // a provider that counts anew
        expect(await tell()).toBe(0);
        await alter('acc_1', { refreshTokenExpiresAt: issuedAt + 62 * DAY_MS });
        open.clock.advance(2 * DAY_MS);
        expect(await tell()).toBe(1);
      });

      test('is told of once by two instances that look at the same time', async () => {
        await account('acc_1', { endsAt: issuedAt + DAY_MS });
        open.clock.advance(DAY_MS - 1);
        const other = await open.openAnother();
        const both = await Promise.all([tell(), tell({ database: other })]);
        expect(both.reduce((sum, count) => sum + count)).toBe(1);
      });

      test('is not told of where a planned refresh will move it, and is where that would come too late', async () => {
        const endsAt = issuedAt + 60 * DAY_MS;
        await account('acc_moved', { endsAt, nextRefreshAt: endsAt - 1 });
        await account('acc_late', { endsAt, nextRefreshAt: endsAt });
        await account('acc_lazy', { endsAt, nextRefreshAt: null });
        open.clock.advance(60 * DAY_MS - noticeMs);
        expect(await tell()).toBe(2);
      });

      test('is told of in spite of planned refreshes where the provider does not move it', async () => {
        await account('acc_1', { endsAt: issuedAt + 60 * DAY_MS, nextRefreshAt: issuedAt + 59 * DAY_MS });
        open.clock.advance(55 * DAY_MS);
        expect(await tell({ refreshTokenEnd: 'fixed' })).toBe(1);
      });

      test('that is nearer than the notice from the start is told of in the second half of its life', async () => {
        await account('acc_1', { endsAt: issuedAt + 4 * DAY_MS });
        expect(await tell()).toBe(0);
        open.clock.advance(2 * DAY_MS);
        expect(await tell()).toBe(1);
      });

      test('is not told of where it is over, or where the user was asked already, or where nobody wants to know', async () => {
        await account('acc_over', { endsAt: issuedAt + DAY_MS });
        await account('acc_asked', { endsAt: issuedAt + 60 * DAY_MS, status: 'NEEDS_REAUTHORIZATION' });
        await account('acc_unwanted', { endsAt: issuedAt + 60 * DAY_MS });
        open.clock.advance(59 * DAY_MS);
        expect(await tell({ noticeDays: 0 })).toBe(0);
        expect(await tell()).toBe(1);
      });

      test('is told of for each of many', async () => {
        for (let n = 0; n < 450; n += 1) await account(`acc_${n}`, { endsAt: issuedAt + DAY_MS + (n % 7) });
        open.clock.advance(DAY_MS - 1);
        expect(await tell()).toBe(450);
        expect(await tell()).toBe(0);
      });

      interface Facts {
        readonly endsAt: number;
        readonly nextRefreshAt?: number | null;
        readonly status?: 'NEEDS_REAUTHORIZATION';
      }

      async function account(id: string, { endsAt, nextRefreshAt = null, status }: Facts): Promise<void> {
        const scopes = { requestedScopes: [], grantedScopes: [] };
        const person = { userId: 'ada', providerId: 'test', externalId: id, displayName: null };
        const ends = { expiresAt: null, refreshTokenExpiresAt: endsAt, nextRefreshAt };
        await open.database.write((transaction) => accounts.create(transaction, { id, ...person, ...scopes, ...ends }));
        if (status) await alter(id, { status });
      }

      async function alter(id: string, changes: Partial<ConnectedAccountRow>): Promise<void> {
        await open.database.write((transaction) => transaction.update(ConnectedAccountRow, { id }, changes));
      }

      function tell(
        parts: { database?: TestDatabase['database']; refreshTokenEnd?: 'fixed'; noticeDays?: number } = {},
      ) {
        const { database = open.database, refreshTokenEnd = 'idle', noticeDays = 7 } = parts;
        const lifetimes = { accessTokenSeconds: null, refreshTokenSeconds: null, refreshTokenEnd };
        const provider = { id: 'test', lifetimes } as Provider;
        return createTellEndings({
          database,
          endings: createEndingAccounts(database),
          events,
          catalogue: { list: () => [provider] },
          clock: open.clock,
          noticeDays,
        })();
      }
    });
  });
}

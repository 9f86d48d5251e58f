/** The rules that hold for the history of refreshes, whatever database stands behind it. Run by
 *  test/accounts/refresh-history.test.ts on each database. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRefreshHistory } from '../../src/accounts/refresh-history.js';
import type { RefreshEntry, RefreshEvent, RefreshHistory } from '../../src/accounts/refresh-history.js';
import { openTestDatabase } from '../support/test-database.js';
import type { DatabaseKind, TestDatabase } from '../support/test-database.js';

const DAY_MS = 86_400_000;

export function describeRefreshHistory(kind: DatabaseKind): void {
  describe(`the history of refreshes on ${kind}`, () => {
    let open: TestDatabase;
    let history: RefreshHistory;

    beforeEach(async () => {
      open = await openTestDatabase(kind);
      history = createRefreshHistory({ ...open, keptDays: 90 });
    });
    afterEach(() => open.close());

    const entry: RefreshEntry = {
      accountId: 'acc_1',
      providerId: 'test',
      reason: 'SCHEDULED',
      outcome: 'GRANTED',
      tookMs: 230,
      version: 1,
    };

    test('gives back what was added to an account, and nothing of another', async () => {
      await add(entry);
      await add({ ...entry, accountId: 'acc_2' });
      const { reason, outcome, tookMs, version } = entry;
      const id = expect.stringMatching(/^rfe_/) as unknown;
      expect(await events()).toEqual([{ id, at: open.clock.now(), reason, outcome, tookMs, version }]);
    });

    test('is as if it had not been when the transaction of its outcome is rolled back', async () => {
      const failing = open.database.write(async (transaction) => {
        await history.add(transaction, entry);
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
      expect(await events()).toEqual([]);
    });

    test('stands newest first, page by page, and meets each once, those of one instant too', async () => {
      for (let version = 1; version <= 7; version += 1) {
        await add({ ...entry, version });
        if (version % 3 === 0) open.clock.advance(1);
      }
      const met: RefreshEvent[] = [];
      let after: string | null = null;
      do {
        const page = await history.page({ accountId: 'acc_1', first: 3, after });
        met.push(...page.edges.map(({ node }) => node));
        after = page.hasNextPage ? (page.edges.at(-1)?.cursor ?? null) : null;
      } while (after !== null);
      expect(met).toEqual(await events());
      expect(new Set(met.map(({ id }) => id)).size).toBe(7);
      expect(met.map(({ at }) => at)).toEqual(met.map(({ at }) => at).toSorted((one, other) => other - one));
    });

    test.each([0, 101])('refuses a page of %s', async (first) => {
      const refused = history.page({ accountId: 'acc_1', first, after: null });
      await expect(refused).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    });

    test('keeps what is 90 days old and deletes what is older, however much it is', async () => {
      for (let version = 1; version <= 1_100; version += 50) {
        const fifty = Array.from({ length: 50 }, (_, at) => ({ ...entry, version: version + at }));
        await open.database.write(async (transaction) => {
          for (const one of fifty) await history.add(transaction, one);
        });
      }
      open.clock.advance(1);
      await add({ ...entry, version: 2_000 });
      open.clock.advance(90 * DAY_MS);
      expect(await history.purge()).toBe(1_100);
      expect((await events()).map(({ version }) => version)).toEqual([2_000]);
      expect(await history.purge()).toBe(0);
    });

    test('forgets an account and keeps the others', async () => {
      await add(entry);
      await add({ ...entry, accountId: 'acc_2' });
      await open.database.write((transaction) => history.forget(transaction, 'acc_1'));
      expect(await events()).toEqual([]);
      expect(await events('acc_2')).toHaveLength(1);
    });

    async function add(one: RefreshEntry): Promise<void> {
      await open.database.write((transaction) => history.add(transaction, one));
    }

    async function events(accountId = 'acc_1'): Promise<RefreshEvent[]> {
      const page = await history.page({ accountId, first: 100, after: null });
      return page.edges.map(({ node }) => node);
    }
  });
}

/** The rules that hold for the notes of refreshes, whatever database stands behind them. Run by
 *  test/vault/refresh-intent-store.test.ts on each database. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../src/database/database.js';
import { newId } from '../../src/database/new-id.js';
import { Secret } from '../../src/secret.js';
import {
  createRefreshIntentStore,
  isOpenIntent,
  isUnderWay,
  isWrittenBy,
  type RefreshIntent,
  type RefreshIntentStore,
} from '../../src/vault/refresh-intent-store.js';
import type { TokenSetRow } from '../../src/vault/token-set.entity.js';
import { createTokenStore, type TokenStore } from '../../src/vault/token-store.js';
import { openTestDatabase, type DatabaseKind, type TestDatabase } from '../support/test-database.js';
import { createTestVault } from '../support/test-keyring.js';

const LEASE_MS = 25_000;

export function describeRefreshIntentStore(kind: DatabaseKind): void {
  describe(`notes of refreshes on ${kind}`, () => {
    let db: TestDatabase;
    let tokens: TokenStore;
    let intents: RefreshIntentStore;
    beforeEach(async () => {
      db = await openTestDatabase(kind);
      tokens = createTokenStore({ ...db, ...createTestVault() });
      intents = createRefreshIntentStore(db);
      const pair = await seal('1');
      await db.database.write((transaction) => tokens.create(transaction, pair));
    });
    afterEach(() => db.close());

    const seal = (name: string) =>
      tokens.seal(
        { accountId: 'acc_1', userId: 'ann' },
        { accessToken: Secret.of(`access ${name}`), refreshToken: Secret.of(`refresh ${name}`) },
      );

    async function row(): Promise<TokenSetRow> {
      return (await tokens.read('acc_1'))!;
    }

    async function note(seen?: TokenSetRow, database: Database = db.database): Promise<RefreshIntent | null> {
      const { accountId, version, ...read } = seen ?? (await row());
      const attempt = newId('rfr', db.clock);
      const by = { attempt, leaseMs: LEASE_MS };
      const isNoted = await createRefreshIntentStore({ ...db, database }).note({ accountId, version, ...read }, by);
      return isNoted ? { accountId, version, attempt } : null;
    }

    const end = (intent: RefreshIntent, how: 'SETTLED' | 'OPEN') =>
      db.database.write((transaction) => intents.end(transaction, intent, how));

    async function replace(spentVersion: number, attempt?: string): Promise<number | null> {
      const pair = await seal('2');
      return db.database.write((transaction) => tokens.replace(transaction, pair, spentVersion, attempt));
    }

    /** As if the note had been made that long ago. */
    const age = (ms: number) =>
      db.database.write((transaction) => transaction.query(`UPDATE token_set SET intent_at = intent_at - ${ms}`));

    test('a row of which nothing was sent has none', async () => {
      expect([isOpenIntent(await row()), isUnderWay(await row())]).toEqual([false, false]);
    });

    test('the first takes the turn, whoever comes next does not', async () => {
      const mine = await note();
      expect(mine).toMatchObject({ accountId: 'acc_1', version: 1, attempt: expect.stringMatching(/^rfr_/) });
      expect(await row()).toMatchObject({ intentAttempt: mine?.attempt, intentVersion: 1 });
      expect(isUnderWay(await row())).toBe(true);
      expect(await note()).toBeNull();
    });

    test('a note that is sent twice, since nobody knew what became of the first, is ours', async () => {
      const seen = await row();
      const by = { attempt: newId('rfr', db.clock), leaseMs: LEASE_MS };
      expect([await intents.note(seen, by), await intents.note(seen, by)]).toEqual([true, true]);
      await end({ accountId: 'acc_1', version: 1, attempt: by.attempt }, 'OPEN');
      const again = { attempt: newId('rfr', db.clock), leaseMs: LEASE_MS };
      const ended = await row();
      expect([await intents.note(ended, again), await intents.note(ended, again)]).toEqual([true, true]);
      expect(await note()).toBeNull();
    });

    test('of twenty in two processes one takes the turn', async () => {
      const seen = await row();
      const databases = [db.database, await db.openAnother()];
      const notes = await Promise.all(Array.from({ length: 20 }, (_, at) => note(seen, databases[at % 2])));
      expect(notes.filter((intent) => intent !== null)).toHaveLength(1);
    });

    test('a turn is given away when it is older than the lease by the database’s clock, and not before', async () => {
      const first = (await note())!;
      await age(LEASE_MS - 5_000);
      expect(await note()).toBeNull();
      await age(10_000);
      const second = await note();
      expect(second).not.toBeNull();
      expect(await end(first, 'SETTLED')).toBe(false);
      expect((await row()).intentAttempt).toBe(second?.attempt);
    });

    test('a database whose clock was set back does not keep the turn for ever', async () => {
      await note();
      await age(-3_600_000);
      expect(await note()).not.toBeNull();
    });

    test('a settled end leaves nothing', async () => {
      expect(await end((await note())!, 'SETTLED')).toBe(true);
      expect(await row()).toMatchObject({ intentAttempt: null, intentVersion: null, intentAt: null });
    });

    test('an open end gives the turn away and keeps that this version was sent', async () => {
      expect(await end((await note())!, 'OPEN')).toBe(true);
      expect([isOpenIntent(await row()), isUnderWay(await row())]).toEqual([true, false]);
      expect(await note()).not.toBeNull();
    });

    test('who read the row before a try of unknown end has to read it again', async () => {
      const seen = await row();
      await end((await note())!, 'OPEN');
      expect(await note(seen)).toBeNull();
      expect(await note()).not.toBeNull();
    });

    test('the time when a version was first sent stays until its end is known', async () => {
      const first = db.clock.now();
      await end((await note())!, 'OPEN');
      db.clock.advance(60_000);
      const again = (await note())!;
      expect(await row()).toMatchObject({ intentSince: first });
      await end(again, 'SETTLED');
      expect(await row()).toMatchObject({ intentSince: null });
      await note();
      expect(await row()).toMatchObject({ intentSince: first + 60_000 });
      await replace(1);
      expect(await row()).toMatchObject({ intentSince: null });
    });

    test('a version that moved on takes no turn, and leaves the note behind', async () => {
      const seen = await row();
      const mine = (await note())!;
      expect(await replace(1, mine.attempt)).toBe(2);
      expect(await note(seen)).toBeNull();
      expect([isOpenIntent(await row()), await end(mine, 'OPEN')]).toEqual([false, false]);
      expect(await note()).toMatchObject({ version: 2 });
    });

    test('the version that a try wrote is known as its own, and no other is', async () => {
      const [mine, other] = [(await note())!, { accountId: 'acc_1', version: 1, attempt: 'rfr_other' }];
      expect(isWrittenBy(mine, await row())).toBe(false);
      await replace(1, mine.attempt);
      expect([isWrittenBy(mine, await row()), isWrittenBy(other, await row())]).toEqual([true, false]);
      await replace(2);
      expect(isWrittenBy(mine, await row())).toBe(false);
    });

    test('a new consent in the middle of a try is not that try’s', async () => {
      const mine = (await note())!;
      await replace(1);
      expect(isWrittenBy(mine, await row())).toBe(false);
      expect(isOpenIntent(await row())).toBe(false);
    });
  });
}

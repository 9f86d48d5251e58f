/** The rules that hold for a database, whichever it is. Run by test/database/open-database.test.ts on each. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AuditEventRow } from '../../src/audit/audit-event.entity.js';
import type { Database, Transaction } from '../../src/database/database.js';
import { isDuplicate } from '../../src/database/duplicate.js';
import { openDatabase } from '../../src/database/open-database.js';
import { entities, migrations } from '../../src/entities.js';
import { openTestDatabase, silentLog } from '../support/test-database.js';
import type { DatabaseKind, TestDatabase } from '../support/test-database.js';

export function describeDatabase(kind: DatabaseKind): void {
  describe(`a database on ${kind}`, () => {
    let open: TestDatabase;

    beforeEach(async () => {
      open = await openTestDatabase(kind);
    });

    afterEach(() => open.close());

    describe('writes', () => {
      test('twenty writes that overlap keep all of their twenty rows', async () => {
        await Promise.all(ids(20).map((id) => open.database.write((transaction) => insertTwice(transaction, id))));
        expect(await storedIds()).toEqual(ids(20).flatMap((id) => [`${id}-a`, `${id}-b`]));
      });

      test('a write that throws takes back its own rows and no others', async () => {
        const outcomes = await Promise.allSettled(
          ids(20).map((id, position) =>
            open.database.write(async (transaction) => {
              await insert(transaction, id);
              if (position % 3 === 0) throw new Error(`no ${id}`);
            }),
          ),
        );
        expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(7);
        expect(await storedIds()).toEqual(ids(20).filter((_, position) => position % 3 !== 0));
      });

      test('a write gives what its work gave, and throws what it threw', async () => {
        expect(await open.database.write(async () => 7)).toBe(7);
        const fault = new Error('of the work');
        await expect(open.database.write(() => Promise.reject(fault))).rejects.toBe(fault);
      });

      test('a write inside a write is refused with a sentence, and the outer one rolls back', async () => {
        const nested = open.database.write(async (transaction) => {
          await insert(transaction, 'outer');
          await open.database.write((inner) => insert(inner, 'inner'));
        });
        await expect(nested).rejects.toThrow('Database.write was called inside another write');
        expect(await storedIds()).toEqual([]);
      });

      test('what a write left behind may write once that write has ended', async () => {
        const ended = promiseAndResolve();
        let left: Promise<void> | undefined;
        await open.database.write(async () => {
          left = ended.promise.then(() => open.database.write((transaction) => insert(transaction, 'later')));
        });
        ended.resolve();
        await left;
        expect(await storedIds()).toEqual(['later']);
      });

      test('statements under way when their write fails leave no row', async () => {
        const together = open.database.write(async (transaction) => {
          await insert(transaction, 'twice');
          const others = ids(10).map((id) => insert(transaction, id));
          await Promise.all([insert(transaction, 'twice'), ...others]);
        });
        await expect(together).rejects.toSatisfy(isDuplicate);
        await open.database.write((transaction) => insert(transaction, 'next'));
        expect(await storedIds()).toEqual(['next']);
      });

      test('statements sent at any moment while their write fails leave no row', async () => {
        let strays: Promise<unknown> | undefined;
        const failing = open.database.write(async (transaction) => {
          await insert(transaction, 'twice');
          const fault = insert(transaction, 'twice');
          const sent = ids(40).map((id, turns) => after(fault, turns).then(() => insert(transaction, id)));
          strays = Promise.allSettled(sent);
          await fault;
        });
        await expect(failing).rejects.toSatisfy(isDuplicate);
        await strays;
        expect(await storedIds()).toEqual([]);
      });

      test('a statement sent after the end of its write fails', async () => {
        let kept: Transaction | undefined;
        await open.database.write(async (transaction) => void (kept = transaction));
        await expect(kept && insert(kept, 'late')).rejects.toThrow('released');
        expect(await storedIds()).toEqual([]);
      });

      test('a write whose statement failed keeps nothing, even where the work caught the failure', async () => {
        const caught = open.database.write(async (transaction) => {
          await insert(transaction, 'one');
          await insert(transaction, 'one').catch(() => undefined);
          return 'as if nothing had happened';
        });
        await expect(caught).rejects.toSatisfy(isDuplicate);
        expect(await storedIds()).toEqual([]);
      });

      test('a hundred writes from two processes keep all of their rows', async () => {
        const other = await open.openAnother();
        const databases = [open.database, other];
        // Five rounds of twenty: as many at once as there are connections, so that none waits for its turn too long.
        for (let from = 0; from < 100; from += 20) {
          const round = ids(100).slice(from, from + 20);
          await Promise.all(round.map((id, at) => databases[at % 2]!.write((transaction) => insert(transaction, id))));
        }
        expect(await storedIds()).toEqual(ids(100));
      });

      test('a row that two writes delete is gone once, and one of them learns it', async () => {
        await open.database.write((transaction) => insert(transaction, 'one'));
        const other = await open.openAnother();
        const databases = [open.database, other, open.database, other];
        const outcomes = await Promise.all(
          databases.map((database) =>
            database.write((transaction) => transaction.delete(AuditEventRow, { id: 'one' })),
          ),
        );
        expect(outcomes.filter(({ affected }) => affected === 1)).toHaveLength(1);
        expect(outcomes.filter(({ affected }) => affected === 0)).toHaveLength(3);
      });

      test('of many that move one version on, each version has one winner', async () => {
        await open.database.write((transaction) => insert(transaction, 'one'));
        const other = await open.openAnother();
        const move = (database: Database, from: number) =>
          database.write((transaction) => transaction.update(AuditEventRow, { id: 'one', at: from }, { at: from + 1 }));
        for (let version = 1; version <= 5; version += 1) {
          const tried = await Promise.all(ids(8).map((_, at) => move(at % 2 ? other : open.database, version)));
          expect(tried.filter(({ affected }) => affected === 1)).toHaveLength(1);
        }
      });

      test('closing waits for the writes that were asked for and refuses later ones', async () => {
        const database = await openDatabase({ config: open.config, entities, migrations, log: silentLog });
        const asked = Promise.all(ids(5).map((id) => database.write((transaction) => insert(transaction, id))));
        await database.close();
        await asked;
        await expect(database.write(async () => undefined)).rejects.toThrow('closing');
        expect(await database.isReachable()).toBe(false);
      });
    });

    describe('writes of one statement', () => {
      const inserting = (id: string) => ({
        text: `INSERT INTO audit_event (id, at, action, actor_id, subject_id, outcome, request_id)
          VALUES ($1, 1, 'account.read', 'a', 's', 'DONE', 'r') RETURNING id`,
        values: [id],
      });

      test('give the rows that they return', async () => {
        expect(await open.database.writeOne(() => inserting('one'))).toEqual([{ id: 'one' }]);
        const moving = { text: 'UPDATE audit_event SET at = $1 WHERE id = $2 RETURNING id', values: [2, 'one'] };
        expect(await open.database.writeOne(() => moving)).toEqual([{ id: 'one' }]);
        expect(await open.database.writeOne(() => ({ ...moving, values: [2, 'none'] }))).toEqual([]);
        expect(await storedIds()).toEqual(['one']);
      });

      test('one that fails hurts no write beside it', async () => {
        await open.database.writeOne(() => inserting('one'));
        const together = [
          open.database.write((transaction) => insert(transaction, 'before')),
          open.database.writeOne(() => inserting('one')),
          open.database.write((transaction) => insert(transaction, 'behind')),
        ];
        const outcomes = await Promise.allSettled(together);
        expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
        expect(await storedIds()).toEqual(['before', 'behind', 'one']);
      });

      test('beside one that is rolled back, it stays', async () => {
        const failing = open.database.write(async (transaction) => {
          await insert(transaction, 'taken-back');
          throw new Error('of the work');
        });
        const alone = open.database.writeOne(() => inserting('alone'));
        await Promise.allSettled([failing, alone]);
        expect(await storedIds()).toEqual(['alone']);
      });

      test('inside a write, and once the database closes, they are refused', async () => {
        const nested = open.database.write(() => open.database.writeOne(() => inserting('inner')));
        await expect(nested).rejects.toThrow('inside another write');
        const database = await openDatabase({ config: open.config, entities, migrations, log: silentLog });
        const asked = Promise.all(ids(5).map((id) => database.writeOne(() => inserting(id))));
        await database.close();
        await asked;
        await expect(database.writeOne(() => inserting('late'))).rejects.toThrow('closing');
        expect(await storedIds()).toEqual(ids(5));
      });
    });

    describe('readers', () => {
      test('a reader sees a row once its write has committed, and not before', async () => {
        await open.database.write(async (transaction) => {
          await insert(transaction, 'one');
          expect(await storedIds()).toEqual([]);
        });
        expect(await storedIds()).toEqual(['one']);
      });

      test('the reading connection cannot write', async () => {
        await expect(open.database.reader.query('DELETE FROM audit_event')).rejects.toThrow('readonly');
      });

      test('a condition on null or undefined throws instead of matching every row', async () => {
        const search = { id: undefined } as unknown as { id: string };
        await expect(open.database.reader.findOneBy(AuditEventRow, search)).rejects.toThrow('undefined');
        await expect(open.database.write((transaction) => transaction.delete(AuditEventRow, search))).rejects.toThrow();
      });
    });

    test('an open database is reachable', async () => {
      expect(await open.database.isReachable()).toBe(true);
    });

    async function storedIds(): Promise<string[]> {
      const rows = await open.database.reader.find(AuditEventRow, { order: { id: 'ASC' } });
      return rows.map(({ id }) => id);
    }
  });
}

function ids(count: number): string[] {
  return Array.from({ length: count }, (_, position) => `id-${String(position).padStart(2, '0')}`);
}

async function insert(transaction: Transaction, id: string): Promise<void> {
  await transaction.insert(AuditEventRow, {
    id,
    at: 1,
    action: 'account.read',
    actorId: 'a',
    subjectId: 's',
    outcome: 'DONE',
    requestId: 'r',
  });
}

async function insertTwice(transaction: Transaction, id: string): Promise<void> {
  await insert(transaction, `${id}-a`);
  await insert(transaction, `${id}-b`);
}

/** Resolves so many turns of the microtask queue after the promise has settled. */
async function after(promise: Promise<unknown>, turns: number): Promise<void> {
  await promise.catch(() => undefined);
  for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
}

function promiseAndResolve(): { promise: Promise<void>; resolve: () => void } {
  let settle: (() => void) | undefined;
  const promise = new Promise<void>((resolve) => (settle = resolve));
  return { promise, resolve: () => settle?.() };
}

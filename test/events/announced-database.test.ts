import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../src/database/database.js';
import { Fault } from '../../src/errors.js';
import { announceCommitted } from '../../src/events/announced-database.js';
import type { Told } from '../../src/events/event-feed.js';
import { databaseKinds, openTestDatabase, type TestDatabase } from '../support/test-database.js';

const told: Told = { type: 'CONNECTED', at: 1, accountId: 'acc_1', userId: 'ada' };

describe.each(databaseKinds)('events recorded in a transaction on %s', (kind) => {
  let open: TestDatabase;
  let heard: unknown[];
  beforeEach(async () => {
    open = await openTestDatabase(kind);
    heard = [];
  });
  afterEach(() => open.close());

  const announce = (database: Database = open.database) =>
    announceCommitted(database, {
      publish: (events) => void heard.push(...events),
      resync: (userIds) => void heard.push(userIds),
    });

  test('are published when it is committed, not before', async () => {
    const { database, note } = announce();
    await database.write(async (transaction) => {
      note(transaction, told);
      expect(heard).toEqual([]);
    });
    expect(heard).toEqual([told]);
  });

  test('are not when it is rolled back', async () => {
    const { database, note } = announce();
    const failing = database.write(async (transaction) => {
      note(transaction, told);
      await transaction.query('SELECT * FROM no_such_table');
    });
    await expect(failing).rejects.toThrow();
    expect(heard).toEqual([]);
  });

  test('are a RESYNC for those they concern where the end of COMMIT was not heard of', async () => {
    const lossy: Database = {
      ...open.database,
      async write(work) {
        await open.database.write(work);
        throw new Fault('DATABASE_UNAVAILABLE');
      },
    };
    const { database, note } = announce(lossy);
    await expect(database.write(async (transaction) => note(transaction, told))).rejects.toThrow();
    expect(heard).toEqual([['ada']]);
  });
});

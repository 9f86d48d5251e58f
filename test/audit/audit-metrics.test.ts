import { afterEach, beforeEach, expect, test } from 'vitest';
import { createAudit } from '../../src/audit/audit.js';
import type { Database } from '../../src/database/database.js';
import { silentLog } from '../support/silent-log.js';
import { openTestDatabase, type TestDatabase } from '../support/test-database.js';

let db: TestDatabase;
beforeEach(async () => {
  db = await openTestDatabase();
});
afterEach(() => db.close());

const act = {
  action: 'account.read',
  actorId: 'root',
  subjectId: 'anna',
  accountId: null,
  reason: 'ticket',
  requestId: 'r-1',
} as const;

/** Which rows were told to be lost where the database refuses its nth write. */
async function lostWhereWriteFails(nth: number): Promise<{ lost: string[]; isDone: boolean }> {
  let writes = 0;
  const database: Database = {
    ...db.database,
    write: (work) => ((writes += 1) === nth ? Promise.reject(new Error('planted')) : db.database.write(work)),
  };
  const lost: string[] = [];
  const metrics = { auditWriteFailed: ({ row }: { readonly row: string }) => void lost.push(row) };
  const audit = createAudit({ database, clock: db.clock, log: silentLog, metrics });
  let isDone = false;
  await audit
    .around(act, async () => {
      isDone = true;
    })
    .catch(() => undefined);
  return { lost, isDone };
}

test('an act that is not done for want of its first row is told, and so is an outcome that was not written', async () => {
  expect(await lostWhereWriteFails(1)).toEqual({ lost: ['STARTED'], isDone: false });
  expect(await lostWhereWriteFails(2)).toEqual({ lost: ['OUTCOME'], isDone: true });
  expect(await lostWhereWriteFails(3)).toEqual({ lost: [], isDone: true });
});

import { expect, it, onTestFinished } from 'vitest';
import { countQueries } from '../../bench/refresh/count-queries.js';
import { createRefreshDue } from '../../src/refresh/refresh-due.js';
import { watchReads } from '../support/test-database.js';
import { LIFETIME_MS, openRefreshStage } from './refresh-stage.js';

it('a refresh that nobody waits for is one read, one note, and one transaction of four statements', async () => {
  const count = countQueries();
  const scheduled = { mode: 'SCHEDULED', jitterSeconds: null } as const;
  const stage = await openRefreshStage({
    provider: ({ refreshPolicy }) => ({ refreshPolicy: { ...refreshPolicy, ...scheduled } }),
  });
  onTestFinished(() => stage.close());
  const account = await stage.connect();
  const metrics = { dueRefreshBegan: () => undefined };
  const due = createRefreshDue({ ...stage, log: stage.log.log, metrics });
  const key = { userId: account.userId, providerId: account.providerId, accountId: account.id };
  stage.clock.advance(LIFETIME_MS);
  const [reads, before] = [watchReads(stage.database), count.writes];
  await due.run(key);
  expect(reads.filter((statement) => /^\s*SELECT/.test(statement))).toHaveLength(1);
  // BEGIN and COMMIT; the pair, the account, the history, and what the webhook is told.
  expect(count.writes - before).toBe(1 + 2 + 4);
  expect(await stage.version(account)).toBe(2);
});

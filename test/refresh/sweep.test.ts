import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConnectedAccount } from '../../src/accounts/connected-account.js';
import { dueStatement } from '../../src/accounts/due-accounts.js';
import { alarmedOf } from '../../src/refresh/refresh-alarms.js';
import { openTestDatabase, type DatabaseKind, databaseKinds } from '../support/test-database.js';
import { openDueStage, type DueStage } from './due-stage.js';
import { LIFETIME_MS } from './refresh-stage.js';

const nothing = { RENEWED: 0, FAILED: 0, SET: 0, REMOVED: 0 };
const SECOND = 1000;

describe('a sweep', () => {
  let stage: DueStage;
  let anna: ConnectedAccount;
  let bert: ConnectedAccount;

  beforeEach(async () => {
    stage = await openDueStage({
      provider: ({ refreshPolicy }) => ({
        refreshPolicy: { ...refreshPolicy, mode: 'SCHEDULED', jitterSeconds: null },
      }),
    });
    anna = await stage.connect();
    bert = await stage.connect({ login: 'bert', userId: 'bert' });
    await stage.alarms.settled();
  });
  afterEach(() => stage.close());

  const becomeDue = (lateMs = 0): void => stage.clock.advance(LIFETIME_MS - 60 * SECOND + lateMs);
  const dataOf = ({ id: accountId, userId, providerId }: ConnectedAccount) => ({ accountId, userId, providerId });
  const removeAlarms = () => stage.table.remove([anna.jobId!, bert.jobId!]);
  const versions = async () => [await stage.version(anna), await stage.version(bert)];
  const lock = () => {
    const now = new Date(stage.clock.now());
    return stage.table.lockDue({ until: now, deadline: new Date(0), now, limit: 9, by: null });
  };

  it('renews every due account when all alarms are gone, and sets them anew', async () => {
    await removeAlarms();
    becomeDue();
    expect(await stage.sweep()).toEqual({ ...nothing, RENEWED: 2 });
    expect(await versions()).toEqual([2, 2]);
    expect(await stage.alarmOf(anna)).toBe((await stage.look(anna))!.nextRefreshAt);
    expect(await stage.sweep()).toEqual(nothing);
  });

  it('sets the alarms that are missing before their accounts are due', async () => {
    await removeAlarms();
    becomeDue(-20 * SECOND);
    expect(await stage.sweep()).toEqual({ ...nothing, SET: 2 });
    expect(await stage.alarmOf(anna)).toBe(anna.nextRefreshAt);
  });

  it('leaves accounts alone that an alarm is about to wake, or is waking', async () => {
    becomeDue(2 * SECOND);
    expect(await stage.sweep()).toEqual(nothing);
    await lock();
    stage.clock.advance(20 * SECOND);
    expect(await stage.sweep()).toEqual(nothing);
    expect(stage.posts()).toBe(0);
  });

  it('renews within a minute what an alarm was to wake that nobody answers', async () => {
    becomeDue();
    await lock(); // by a process that died
    stage.clock.advance(31 * SECOND);
    expect(await stage.sweep()).toEqual({ ...nothing, RENEWED: 2 });
  });

  it('sets an alarm right that would ring too late, and renews what is due by then', async () => {
    await stage.table.put([{ jobId: anna.jobId!, at: anna.nextRefreshAt! + 1_000_000, data: dataOf(anna) }]);
    becomeDue(-10 * SECOND);
    expect(await stage.sweep()).toEqual({ ...nothing, SET: 1 });
    await stage.table.put([{ jobId: anna.jobId!, at: anna.nextRefreshAt! + 1_000_000, data: dataOf(anna) }]);
    stage.clock.advance(14 * SECOND);
    expect(await stage.sweep()).toEqual({ ...nothing, RENEWED: 1 });
    expect(await versions()).toEqual([2, 1]);
  });

  it('removes second alarms, those of accounts that are gone, and those of accounts that wait for their user', async () => {
    const gone = { ...dataOf(anna), accountId: 'acc_gone' };
    const at = anna.nextRefreshAt!;
    await stage.table.put([
      { jobId: randomUUID(), at, data: dataOf(anna) },
      { jobId: randomUUID(), at, data: gone },
    ]);
    await stage.database.write((transaction) =>
      transaction.query(
        `UPDATE connected_account SET status = 'NEEDS_REAUTHORIZATION', next_refresh_at = NULL WHERE id = '${bert.id}'`,
      ),
    );
    expect(await stage.sweep()).toEqual({ ...nothing, REMOVED: 3 });
    expect((await stage.table.page({ after: null, limit: 9 })).map(({ jobId }) => jobId)).toEqual([anna.jobId]);
  });

  it('goes through all alarms in turn, a slice at a time', async () => {
    const at = anna.nextRefreshAt!;
    const strays = Array.from({ length: 1200 }, (_, index) => {
      return { jobId: randomUUID(), at, data: { ...dataOf(anna), accountId: `acc_gone-${index}` } };
    });
    await stage.table.put(strays);
    const removed = [];
    for (let round = 0; round < 4; round += 1) removed.push((await stage.sweep()).REMOVED);
    expect(removed.reduce((sum, count) => sum + count, 0)).toBe(1200);
    expect(Math.max(...removed)).toBeLessThanOrEqual(500);
    expect(await stage.alarmOf(anna)).toBe(at);
  });

  it('tells of an account that it cannot renew, and goes on with the next', async () => {
    await removeAlarms();
    becomeDue();
    const run = stage.refreshDue.run;
    Object.assign(stage.refreshDue, {
      run: (key: { accountId: string }) =>
        key.accountId === anna.id ? Promise.reject(new Error('planted')) : run(key as never),
    });
    expect(await stage.sweep()).toEqual({ ...nothing, RENEWED: 1, FAILED: 1 });
    expect(stage.log.events()).toContain('refresh.sweep_failed');
  });

  it('of two that run together sends one refresh for each account', async () => {
    await removeAlarms();
    becomeDue();
    await Promise.all([stage.sweep(), stage.sweep(), stage.ring(anna)]);
    expect(stage.posts()).toBe(2);
  });

  it('reads no account of a provider that takes no refresh now, and renews them once it does', async () => {
    await removeAlarms();
    becomeDue();
    stage.shutProvider(true);
    const reads: unknown[] = [];
    const run = stage.refreshDue.run;
    Object.assign(stage.refreshDue, { run: (key: Parameters<typeof run>[0]) => (reads.push(key), run(key)) });
    expect(await stage.sweep()).toEqual(nothing);
    expect(reads).toEqual([]);
    stage.shutProvider(false);
    expect(await stage.sweep()).toEqual({ ...nothing, RENEWED: 2 });
  });

  it('writes nothing and sends nothing while all is well', async () => {
    const before = stage.writes();
    expect(await stage.sweep()).toEqual(nothing);
    expect(stage.writes()).toBe(before);
    expect(await stage.alarmOf(anna)).toBe(alarmedOf(anna).nextRefreshAt);
  });
});

describe.each(databaseKinds)('the search for due accounts on %s', (kind) => {
  it('is one search in the index of due times, however many accounts there are', async () => {
    const open = await openTestDatabase(kind);
    await open.database.write(async (transaction) => void (await transaction.query(manyAccounts[kind])));
    if (kind === 'postgres') await open.database.write((transaction) => transaction.query('ANALYZE connected_account'));
    expect(await explain(open.database.select, kind)).toMatch(expected[kind]);
    await open.close();
  });
});

const columns = `id, user_id, provider_id, status, requested_scopes, granted_scopes, connected_at, next_refresh_at`;
const manyAccounts: Record<DatabaseKind, string> = {
  sqlite: `INSERT INTO connected_account (${columns})
     WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
     SELECT 'acc_' || i, 'user', 'test', 'ACTIVE', '[]', '[]', 0, i * 1000 FROM n`,
  postgres: `INSERT INTO connected_account (${columns})
     SELECT 'acc_' || i, 'user', 'test', 'ACTIVE', '[]', '[]', 0, i * 1000 FROM generate_series(1, 3000) AS i`,
};
const expected: Record<DatabaseKind, RegExp> = {
  sqlite: /^SEARCH connected_account USING INDEX connected_account_due \([^\n]*next_refresh_at<\?\)$/,
  postgres:
    /(Bitmap Index Scan on|Index Scan using) connected_account_due [^\n]*\n\s+Index Cond: [^\n]*next_refresh_at <=/,
};

async function explain(
  select: (statement: string, values: readonly string[]) => Promise<readonly object[]>,
  kind: DatabaseKind,
): Promise<string> {
  const rows = await select(`${kind === 'sqlite' ? 'EXPLAIN QUERY PLAN' : 'EXPLAIN'} ${dueStatement}`, [
    '50000',
    '0',
    '',
  ]);
  return rows.map((row) => Object.values(row).at(kind === 'sqlite' ? -1 : 0) as string).join('\n');
}
